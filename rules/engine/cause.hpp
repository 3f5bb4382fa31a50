// SPDX-License-Identifier: Apache-2.0
// Possible causes of a failure: the clock jumps and the log lines that are recent enough
// for a rule, and how far the clock is from its earlier position.
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

// A cause does not expire while only a gate keeps a rule from acting on it: for `time` so
// far. A cause older than the rule's last action has been handled.
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

// A service that a cause has damaged fails within this time. One that fails later
// has another cause: a minute is enough for running processes, and for a timer to
// expire.
inline constexpr Nanos kShowsWithin = std::chrono::seconds(60);

// What can damage a program at once: each jump of that size, undone or not, and each with which
// the jumps of the last minute add up to that size. Without a size: each jump. Only jumps that
// programs have seen count.
[[nodiscard]] Causes jumps_within(const Facts& facts, const CauseLimits& limits, MonoTime now);

// Which clock's displacement is measured.
enum class Moved {
  for_programs,       // as they have seen it
  and_not_caught_up,  // and time itself has not yet made up for a move back
  wrong,  // against true time: whether programs saw it or not, and slewd's own steps set it right
};

// The jumps since which the clock is that far from its earlier position. A position that did not
// last does not count: a jump that was undone within seconds has moved nothing.
[[nodiscard]] Causes displacements_within(const Facts& facts, Moved moved,
                                          const CauseLimits& limits, MonoTime now);

// Lines of the trigger, with a size only those that captured at least so much. None when its log
// cannot be read.
[[nodiscard]] std::optional<Causes> lines_within(const Facts& facts, std::string_view trigger,
                                                 const CauseLimits& limits, MonoTime now);

}  // namespace slewd::rules
