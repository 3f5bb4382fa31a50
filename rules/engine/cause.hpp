// SPDX-License-Identifier: Apache-2.0
// What harm may be blamed on: the jumps of the clock and the lines of logs that are recent enough
// for a rule, and how far the clock stands from where it stood.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/facts.hpp"

namespace slewd::rules {

struct Cause {
  MonoTime earliest;  // it did not happen before
  MonoTime at;        // nor after
  std::string name;   // "the jump by -60s"
};
struct Causes {
  std::vector<Cause> list;
  std::string none;  // what to say when the list is empty
};

// A cause does not grow too old while a gate alone keeps a rule from acting on it: for `time` so
// far. What is not newer than the rule's last action has had its answer.
struct HeldBack {
  Nanos time{};
  std::optional<MonoTime> answered;
};

// How old a cause may be, and its least size; of a jump with its sign.
struct CauseLimits {
  Nanos window{};
  std::optional<double> least;
  HeldBack held{};
};

// A service that was hurt shows it within this time. What has served on for longer, and fails then,
// has another cause: a minute is enough for processes that were at work already, and for a timer to
// run out.
inline constexpr Nanos kShowsWithin = std::chrono::seconds(60);

// What can have hurt a program at once: each jump of that size, undone or not, and each with which
// smaller ones of the last minute have become that much. Without a size: each jump. Only what
// programs have seen.
[[nodiscard]] Causes jumps_within(const Facts& facts, const CauseLimits& limits, MonoTime now);

// Of which clock it is asked how far it stands from where it stood.
enum class Moved {
  for_programs,       // as they have seen it
  and_not_caught_up,  // and time itself has not yet made up for a move back
  wrong,  // against true time: whether programs saw it or not, and slewd's own steps set it right
};

// The jumps since before which the clock stands that far from where it stood. A stand that did not
// last, before or now, is none: what was undone within seconds has moved nothing.
[[nodiscard]] Causes displacements_within(const Facts& facts, Moved moved,
                                          const CauseLimits& limits, MonoTime now);

// Lines of the trigger, with a size only those that captured at least so much. None when its log
// cannot be read.
[[nodiscard]] std::optional<Causes> lines_within(const Facts& facts, std::string_view trigger,
                                                 const CauseLimits& limits, MonoTime now);

}  // namespace slewd::rules
