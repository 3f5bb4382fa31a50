// SPDX-License-Identifier: Apache-2.0
// The battery clock (RTC) as a witness. In a virtual machine the hypervisor emulates it, commonly
// from the host's wall clock (QEMU's default, -rtc clock=host): then it goes on while the machine
// is paused, and besides NTP nothing else says so.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/core/ports.hpp"
#include "agent/core/witnesses.hpp"
#include "base/result.hpp"

namespace slewd::os {

// Seconds since 1970 as the kernel prints them: digits, a sign at most, a newline at most.
[[nodiscard]] std::optional<Nanos> parse_epoch_seconds(std::string_view text);

// Read from /sys/class/rtc/rtc0/since_epoch, which is readable for all users. /dev/rtc0 is for root
// only, and while it is open hwclock(8) cannot use it.
//
// Only a change is a sign; the value is not:
// - a clock that is kept in local time, or wrong, is ahead by a constant;
// - while the kernel holds the wall clock for synchronized it copies it to the battery clock every
//   11 minutes (CONFIG_RTC_SYSTOHC), as hwclock --systohc does: then `ahead` comes near a whole
//   number of quarter hours, though neither clock ran wrong.
class BatteryClock {
 public:
  explicit BatteryClock(std::string path = "/sys/class/rtc/rtc0/since_epoch")
      : path_(std::move(path)) {}

  // It shows whole seconds, so that one reading is uncertain by half a second either way, and by
  // half of the reading's own duration, up to a second on some hardware: not for the core's
  // thread. `read` is taken before.
  [[nodiscard]] Result<core::HostClock> read(const core::Clock& clock) const;

 private:
  std::string path_;
};

}  // namespace slewd::os
