// SPDX-License-Identifier: Apache-2.0
// The leap second that is planned, by what the sources announce, and the one that has just taken
// place. Pure: decisions only; LeapSeconds carries them out.
//
// RFC 5905 section 7.3: a leap indicator speaks of the end of the current month. ITU-R TF.460
// prefers June and December.
#pragma once

#include <optional>
#include <span>

#include "agent/core/ports.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

// 00:00:00 UTC of the first day after the month of `now`.
[[nodiscard]] WallTime month_end(WallTime now);
// Whether the month of `now` is one of `months` (1 to 12), which may end with a leap second.
[[nodiscard]] bool month_can_leap(WallTime now, std::span<const int> months);

// What one source says that selection takes for a truechimer.
struct LeapVoice {
  Leap leap = Leap::unknown;
  bool trust = false;
  WallTime heard{};  // by true time: it speaks of the month of that time
};

// Who announces a leap second.
enum class LeapSupport {
  few,      // no majority: it is not planned
  alone,    // the only source that is believed
  several,  // a majority of at least two sources, or a trusted one
};

struct AnnouncedLeap {
  Leap leap = Leap::none;  // insert or erase
  WallTime month_end;      // 00:00:00 UTC of the first day after it
  LeapSupport support = LeapSupport::few;

  // By how much true time moves against a clock that runs on.
  [[nodiscard]] Nanos shift() const;
  // When a clock that runs on shows this, the leap is there: a second that is left out is the last
  // of its month.
  [[nodiscard]] WallTime due() const;
  friend bool operator==(const AnnouncedLeap&, const AnnouncedLeap&) = default;
};

class LeapSecond {
 public:
  // What all truechimers say at the true time `now`. Sources that have fallen silent withdraw
  // nothing. True when another leap second is planned than before, or none any more.
  [[nodiscard]] bool hear(std::span<const LeapVoice> voices, WallTime now,
                          std::span<const int> months);
  // The end of the month for which any of them has announced one, planned or not; empty = none yet.
  [[nodiscard]] std::optional<WallTime> heard_for() const { return heard_for_; }
  // What is planned; empty = nothing. It stays, whatever is heard, from due() until finish().
  [[nodiscard]] std::optional<AnnouncedLeap> planned() const;

  // The time of the planned leap second has come: the estimate of true time has moved with it, or
  // (`followed` is false) it was left to the samples.
  void finish(bool followed);
  // By how much the sources may say that true time lies elsewhere than believed, since a leap
  // second that was announced has or has not taken place; empty but for an hour after it.
  [[nodiscard]] std::optional<Nanos> expected(WallTime now) const;
  // The samples have moved the estimate by what was expected.
  void settle();

  // Whether server stamps of about the true time `when` may be from before or after the leap.
  [[nodiscard]] bool is_close(WallTime when) const;
  // Whether true time, which has moved already, is in the second that was inserted.
  [[nodiscard]] bool is_inserted(WallTime now) const;
  // The kernel has leapt by `moved` at the true time `now`: whether the estimate of true time has
  // moved already, or will when the time has come.
  [[nodiscard]] bool accounts_for(Nanos moved, WallTime now) const;

 private:
  // By true time after the leap.
  struct Past {
    WallTime at;
    Nanos shift{};
    bool followed = false;
  };
  [[nodiscard]] std::optional<AnnouncedLeap> announced(std::span<const LeapVoice> voices,
                                                       WallTime now,
                                                       std::span<const int> months) const;

  std::optional<WallTime> heard_for_;
  std::optional<AnnouncedLeap> next_;
  std::optional<Past> past_;
  std::optional<WallTime> finished_;  // the end of the month whose leap second has had its time
};

}  // namespace slewd::core
