// SPDX-License-Identifier: Apache-2.0
#include "rules/engine/cause.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "base/duration.hpp"

namespace slewd::rules {
namespace {

// A jump is normally detected within a second. If it was detected later, a failure in between may
// be older than the jump.
constexpr Nanos kMostLatency = std::chrono::seconds(2);

// A position of the clock counts only if the clock kept it for this long. A program that sets the
// clock by mistake, and one that corrects it, are seconds apart.
constexpr Nanos kKeptFor = std::chrono::seconds(10);

// Saturates: a clock can be set by decades, back, and forward again.
Nanos sum(Nanos a, Nanos b) {
  Nanos::rep exact{};
  if (!__builtin_add_overflow(a.count(), b.count(), &exact)) return Nanos{exact};
  return b < Nanos{0} ? Nanos::min() : Nanos::max();
}
Nanos difference(Nanos a, Nanos b) {
  Nanos::rep exact{};
  if (!__builtin_sub_overflow(a.count(), b.count(), &exact)) return Nanos{exact};
  return b < Nanos{0} ? Nanos::max() : Nanos::min();
}

bool reaches(Nanos moved, double least) {
  return least < 0 ? to_seconds(moved) <= least : to_seconds(moved) >= least;
}

// From a minute to the second, below to the millisecond. Cut off: rounding would overflow.
std::string size_text(Nanos size) {
  const bool long_jump = size / std::chrono::minutes(1) != 0;
  return format(size - size % (long_jump ? Nanos(std::chrono::seconds(1))
                                         : Nanos(std::chrono::milliseconds(1))));
}

bool is_recent(MonoTime at, const CauseLimits& limits, MonoTime now) {
  if (now - at <= limits.window) return true;
  return now - at <= limits.window + limits.held.time &&
         (!limits.held.answered || at > *limits.held.answered);
}

std::vector<JumpFact> seen_jumps(const Facts& facts) {
  std::vector<JumpFact> seen;
  std::ranges::copy_if(facts.jumps, std::back_inserter(seen), &JumpFact::seen_by_programs);
  return seen;
}

bool is_own(const JumpFact& jump) { return jump.cause == "own_step"; }

std::vector<JumpFact> without_own(std::vector<JumpFact> jumps) {
  for (JumpFact& jump : jumps)
    if (is_own(jump)) jump.size = Nanos{0};
  return jumps;
}

Cause cause_of(const JumpFact& jump, Nanos moved) {
  return {jump.at - std::min(jump.latency, kMostLatency), jump.at,
          moved == jump.size ? "the jump by " + size_text(moved)
                             : "the jumps by " + size_text(moved) + " in all"};
}

// The sum of the jump and those of the minute before it, as soon as it is large enough. If it was
// large enough before this jump, this jump is not the cause.
std::optional<Nanos> added_up(const std::vector<JumpFact>& jumps, std::size_t last,
                              const CauseLimits& limits, MonoTime now) {
  if (!limits.least) return jumps[last].size;
  if ((*limits.least < 0) != (jumps[last].size < Nanos{0})) return std::nullopt;
  Nanos before{};
  for (std::size_t i = last;; --i) {
    const Nanos moved = sum(before, jumps[last].size);
    if (reaches(moved, *limits.least) && !reaches(before, *limits.least)) return moved;
    if (i == 0 || jumps[last].at - jumps[i - 1].at > kShowsWithin ||
        !is_recent(jumps[i - 1].at, limits, now))
      return std::nullopt;
    before = sum(before, jumps[i - 1].size);
  }
}

// The clock's position over time, relative to the monotonic clock, since the oldest known jump.
class Positions {
 public:
  explicit Positions(const std::vector<JumpFact>& jumps) {
    positions_.push_back({});
    for (const JumpFact& jump : jumps) {
      positions_.back().until = jump.at;
      positions_.push_back({sum(positions_.back().where, jump.size), {}});
    }
  }

  // Of the positions held while the `newest` was at most kKeptFor old at `when`: the highest or
  // the lowest. A short-lived position is ignored in favour of its neighbours.
  [[nodiscard]] Nanos extreme(std::size_t newest, MonoTime when, bool highest) const {
    Nanos found = positions_[newest].where;
    for (std::size_t i = newest; i > 0 && positions_[i - 1].until > when - kKeptFor; --i)
      found = highest ? std::max(found, positions_[i - 1].where)
                      : std::min(found, positions_[i - 1].where);
    return found;
  }
  [[nodiscard]] std::size_t newest() const { return positions_.size() - 1; }

 private:
  struct Position {
    Nanos where{};
    MonoTime until;  // not of the newest
  };
  std::vector<Position> positions_;
};

}  // namespace

Causes jumps_within(const Facts& facts, const CauseLimits& limits, MonoTime now) {
  Causes causes{{}, "nothing of that kind within " + format(limits.window)};
  const std::vector<JumpFact> jumps = seen_jumps(facts);
  for (std::size_t i = 0; i < jumps.size(); ++i) {
    if (!is_recent(jumps[i].at, limits, now)) continue;
    if (const auto moved = added_up(jumps, i, limits, now))
      causes.list.push_back(cause_of(jumps[i], *moved));
  }
  return causes;
}

Causes displacements_within(const Facts& facts, Moved moved, const CauseLimits& limits,
                            MonoTime now) {
  Causes causes{{}, "no jump within " + format(limits.window)};
  const std::vector<JumpFact> jumps = moved == Moved::wrong ? facts.jumps : seen_jumps(facts);
  const Positions all(jumps);
  // slewd's own steps move the clock towards true time: they make it less wrong, never more.
  const Positions external(moved == Moved::wrong ? without_own(jumps) : jumps);
  for (std::size_t i = 0; i < jumps.size(); ++i) {
    if (!is_recent(jumps[i].at, limits, now)) continue;
    if (moved == Moved::wrong && is_own(jumps[i])) continue;
    const bool back = limits.least ? *limits.least < 0 : jumps[i].size < Nanos{0};
    // A lower limit of the move: of the old and the new position the two values are used that are
    // nearest to each other within the last seconds.
    const auto since = [&](const Positions& positions) {
      return difference(positions.extreme(positions.newest(), now, back),
                        positions.extreme(i, jumps[i].at, !back));
    };
    const Nanos size =
        back ? std::max(since(all), since(external)) : std::min(since(all), since(external));
    causes.none =
        "the clock is back at its old position, or has moved less than that, or not for " +
        format(kKeptFor) + " yet";
    const bool moves = back ? size < Nanos{0} : size > Nanos{0};
    if (!moves || (limits.least && !reaches(size, *limits.least))) continue;
    const Cause cause = cause_of(jumps[i], size);
    // A program that waited for the old time has reached it.
    if (moved == Moved::and_not_caught_up && back && jumps[i].at - now <= size)
      causes.none = "the clock has caught up with " + cause.name;
    else
      causes.list.push_back(cause);
  }
  return causes;
}

std::optional<Causes> lines_within(const Facts& facts, std::string_view trigger,
                                   const CauseLimits& limits, MonoTime now) {
  const auto found = facts.logs.find(trigger);
  if (found == facts.logs.end()) return std::nullopt;
  Causes causes{{}, "nothing of that kind within " + format(limits.window)};
  for (const LogFact& line : found->second)
    if (is_recent(line.at, limits, now) &&
        (!limits.least || (line.captured && *line.captured >= *limits.least)))
      causes.list.push_back({line.at, line.at, "the line of " + std::string(trigger)});
  return causes;
}

}  // namespace slewd::rules
