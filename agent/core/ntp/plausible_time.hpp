// SPDX-License-Identifier: Apache-2.0
// The span in which the present lies, by what no clock of this machine can make wrong: when the
// program was built and when files were installed. It chooses the era of an NTP timestamp (RFC 5905
// section 6 leaves that to the receiver) and refuses a server that has no time. The wall clock of
// this machine chooses nothing: it is what has to be put right.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "agent/core/ntp/ntp_time.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

// How far after the floor a time is still believed. Less than half an era (68 years), so that a
// count of seconds since 1970 instead of 1900, which reads as 66 years from now, is refused.
inline constexpr Nanos kBelievedYears = std::chrono::years(55);

class PlausibleTime {
 public:
  // `floor`: no earlier time is believed, from 1970 to 2199. `origin`: what it is the date of, for
  // people. `newest_file`: when a file was last written while this machine's clock kept the time;
  // evidence for a step and nothing more, because that clock may have been wrong.
  PlausibleTime(WallTime floor, std::string origin, std::optional<WallTime> newest_file = {});

  [[nodiscard]] WallTime floor() const { return floor_; }
  [[nodiscard]] WallTime ceiling() const { return floor_ + kBelievedYears; }
  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] bool holds(WallTime time) const { return time >= floor_ && time <= ceiling(); }
  // The later of the floor and the newest file.
  [[nodiscard]] WallTime newest_date() const { return newest_; }

  // The one time between floor and ceiling that `stamp` can mean; empty when there is none, or when
  // the server has counted from zero since it was started: that reads as the beginning of an era.
  // Neither the newest date nor `wall`, this machine's clock, is near such a time by accident.
  [[nodiscard]] std::optional<WallTime> time_of(NtpTimestamp stamp, WallTime wall) const;
  // Why time_of() is empty, as one line.
  [[nodiscard]] std::string refusal_of(NtpTimestamp stamp) const;

 private:
  WallTime floor_;
  std::string origin_;
  WallTime newest_;
};

}  // namespace slewd::core
