// SPDX-License-Identifier: Apache-2.0
// A rich, made-up picture of a machine for the exporter's tests and for the page preview.
#pragma once

#include <atomic>

#include "agent/core/snapshot.hpp"
#include "rules/status.hpp"

namespace slewd::exporter {

// A clock that tests move by hand, from any thread.
class FakeClock final : public core::Clock {
 public:
  [[nodiscard]] core::ClockReading now() const override;
  void advance(Nanos by) { elapsed_ += by.count(); }

 private:
  std::atomic<std::int64_t> elapsed_{0};
};

// What a clock says that nobody has moved.
inline const core::ClockReading kNow = FakeClock().now();

// One hour after the fake clock's beginning lies nothing: everything is relative to `now`.
[[nodiscard]] core::Snapshot sample_snapshot(const core::ClockReading& now);
[[nodiscard]] rules::Status sample_status(const core::ClockReading& now);

}  // namespace slewd::exporter
