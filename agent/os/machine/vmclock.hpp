// SPDX-License-Identifier: Apache-2.0
// The vmclock page: what the hypervisor tells its guest about the clock, in memory that both share
// (Linux 6.13 and later; the kernel's include/uapi/linux/vmclock-abi.h). It says when the machine
// was moved to another host or loaded from a snapshot, and that such a thing is near.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd::os {

// What the hypervisor says of its own clock. Values that we do not know read as `unknown`.
enum class VmclockStatus { unknown, initializing, synchronized, free_running, unreliable };
[[nodiscard]] std::string_view to_string(VmclockStatus status);

// What the page's time, and the PTP device over it, counts.
enum class VmclockScale { utc, tai, monotonic, unknown };
[[nodiscard]] std::string_view to_string(VmclockScale scale);

struct VmclockPage {
  std::uint64_t disruption_marker = 0;      // another value after each disruption of the counter
  std::optional<std::uint64_t> generation;  // another value after each load from a snapshot
  bool disruption_soon = false;             // within about a day
  bool disruption_imminent = false;         // within about an hour
  VmclockStatus status = VmclockStatus::unknown;
  VmclockScale scale = VmclockScale::unknown;
  std::optional<Nanos> max_error;  // of the host's time; saturates at 290 years
};

// `page` from its first byte, of any length: fields beyond its end, or beyond the size that it
// states, are absent. `invalid` when it is no vmclock page, `unsupported` for another version,
// `unavailable` while the hypervisor is writing.
[[nodiscard]] Result<VmclockPage> parse_vmclock(std::span<const std::byte> page);

// A device that is open and, where the kernel lets us, mapped.
class Vmclock {
 public:
  // `not_found` without such a device; `permission` when this user may not read it.
  [[nodiscard]] static Result<Vmclock> open(const std::string& path = "/dev/vmclock0");
  Vmclock(Vmclock&& other) noexcept;
  Vmclock& operator=(Vmclock&& other) noexcept;
  Vmclock(const Vmclock&) = delete;
  Vmclock& operator=(const Vmclock&) = delete;
  ~Vmclock();

  // Any thread. Well under a microsecond when mapped; else a system call, in which the kernel waits
  // for a hypervisor that is writing, at most 100 ms.
  [[nodiscard]] Result<VmclockPage> read() const;
  [[nodiscard]] bool mapped() const { return page_ != nullptr; }

 private:
  Vmclock(Fd fd, std::uint32_t* page, std::size_t length);
  void unmap();

  Fd fd_;
  std::uint32_t* page_;  // null = not mapped; changes under us
  std::size_t length_;   // bytes mapped
};

}  // namespace slewd::os
