// SPDX-License-Identifier: Apache-2.0
// Which cause a set of witnesses speaks for: the signature matrix of docs/design/jumps.md, as data.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/jumps/clock_event.hpp"

namespace slewd::core {

// What one witness can say. The names are those that people read.
enum class Sign {
  clock_set,      // the kernel woke us: timerfd, cancel-on-set
  real_mono,      // REALTIME less MONOTONIC has changed
  boot_mono,      // BOOTTIME less MONOTONIC has changed
  own,            // the change was announced by ourselves
  leap_second,    // the change is one second and CLOCK_TAI took no part in it
  marker,         // vmclock's disruption marker has changed
  generation,     // vmclock's or vmgenid's generation has changed
  clocksource,    // the kernel counts by another clock
  overrun,        // our own look came late by seconds
  steal,          // the hypervisor admits to have taken that time
  offset_behind,  // the servers say that this clock has lost time
  offset_ahead,   // the servers say that this clock has gained time
  servers,        // at least two of them
  host_clock,     // the hypervisor's or the battery's clock agrees with them
  host_still,     // that clock was watched all the time, and contradicts them
  source_still,   // a source that answers has not moved with them
  too_long,       // no pause lasts as long as what the servers say
  month_end,      // by one second, and a month that can have a leap second has just ended in UTC
  announced,      // the sources announce a leap second for this moment
  adjtime,        // an adjtime() runs that is not ours
  kernel_loop,    // the kernel's own phase-locked loop steers
  read_back,      // the kernel's frequency or tick is not what it was
  mono_raw,       // MONOTONIC runs against RAW at another rate than the kernel says
};
inline constexpr std::size_t kSigns = 23;
[[nodiscard]] std::string_view to_string(Sign sign);

class SignSet {
 public:
  constexpr SignSet() = default;
  constexpr SignSet(std::initializer_list<Sign> signs) {
    for (const Sign sign : signs) add(sign);
  }
  constexpr void add(Sign sign) { bits_ |= bit(sign); }
  constexpr void add_if(bool said, Sign sign) {
    if (said) add(sign);
  }
  constexpr void add(SignSet other) { bits_ |= other.bits_; }
  [[nodiscard]] constexpr bool has(Sign sign) const { return (bits_ & bit(sign)) != 0; }
  [[nodiscard]] constexpr bool has_all(SignSet wanted) const {
    return (bits_ & wanted.bits_) == wanted.bits_;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }

  friend constexpr bool operator==(const SignSet&, const SignSet&) = default;

 private:
  static constexpr std::uint32_t bit(Sign sign) {
    return std::uint32_t{1} << static_cast<unsigned>(sign);
  }
  std::uint32_t bits_ = 0;
};

// "clock_set real-mono boot-mono".
[[nodiscard]] std::string describe(SignSet signs);

// One row of the matrix: with these signs together it is that cause, and the filters must allow for
// this much. Where several rows fit, the first counts.
struct JumpSignature {
  JumpCause cause = JumpCause::unknown;
  SignSet signs;
  double phase_sd = 0;  // s: by how much RAW itself may have lost count, beside what is measured
  double frequency_sd = 0;  // ratio: how much another oscillator may differ
};

// Empty when the signs are no jump: a notification without a change, a look that came late.
[[nodiscard]] std::optional<JumpSignature> classify(SignSet signs);

}  // namespace slewd::core
