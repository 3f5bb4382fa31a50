// SPDX-License-Identifier: Apache-2.0
// The kernel's flags of its clock: synchronized or not, error bounds, the leap second and
// the TAI offset. Set again only when they differ. Core thread only.
#pragma once

#include <optional>

#include "agent/core/ports.hpp"
#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

class KernelFlags {
 public:
  explicit KernelFlags(ClockDriver& driver) : driver_(driver) {}

  // What the next publish() carries. True where it was something else before.
  [[nodiscard]] bool arm_leap(Leap leap);
  [[nodiscard]] bool set_tai_offset(std::optional<int> seconds);
  [[nodiscard]] Leap armed_leap() const { return armed_leap_; }

  // `status` without leap and TAI offset, which are added here. An error is the driver's.
  [[nodiscard]] Result<void> publish(KernelStatus status, MonoTime now);
  [[nodiscard]] bool published_synchronized() const {
    return published_ && published_->status.synchronized;
  }
  // Whether the kernel, as it reads back, has lost what was published: a set clock and a new
  // clocksource clear its flags. Null = it was not asked.
  [[nodiscard]] bool cleared(const Result<KernelReadback>* kernel);
  void forget() { published_.reset(); }

 private:
  struct Published {
    KernelStatus status;
    MonoTime at;
  };
  [[nodiscard]] static bool still_holds(const Published& published, const KernelStatus& now,
                                        MonoTime mono);

  ClockDriver& driver_;
  std::optional<Published> published_;  // last; empty = the kernel has lost it since
  Leap armed_leap_ = Leap::none;
  std::optional<int> tai_offset_;  // s
};

}  // namespace slewd::core
