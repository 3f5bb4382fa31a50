// SPDX-License-Identifier: Apache-2.0
#include "rules/engine/cause.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "base/duration.hpp"

namespace slewd::rules {
namespace {

// A jump is noticed within a second. Where it was noticed later, what failed meanwhile may have
// failed before.
constexpr Nanos kMostLatency = std::chrono::seconds(2);

// For how long the clock must have stood somewhere to count. Who sets a clock by mistake, and the
// agent that sets it right, are seconds apart.
constexpr Nanos kStand = std::chrono::seconds(10);

// Saturates: a clock can be set by decades, and back, and on.
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

// To the millisecond; rounding would overflow at centuries.
std::string size_text(Nanos size) { return format(size - size % std::chrono::milliseconds(1)); }

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

// What the jump and those of the minute before it add up to, as soon as that is enough. Where it
// was enough before the jump, the jump has not made it so.
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

// Where the clock stood over time, against the monotonic clock and since the oldest jump known.
class Stands {
 public:
  explicit Stands(const std::vector<JumpFact>& jumps) {
    stands_.push_back({});
    for (const JumpFact& jump : jumps) {
      stands_.back().until = jump.at;
      stands_.push_back({sum(stands_.back().where, jump.size), {}});
    }
  }

  // Of those that the clock had while the `newest` was at most kStand old at `when`: the highest or
  // the lowest. One that did not last is outdone by its neighbours.
  [[nodiscard]] Nanos extreme(std::size_t newest, MonoTime when, bool highest) const {
    Nanos found = stands_[newest].where;
    for (std::size_t i = newest; i > 0 && stands_[i - 1].until > when - kStand; --i)
      found =
          highest ? std::max(found, stands_[i - 1].where) : std::min(found, stands_[i - 1].where);
    return found;
  }
  [[nodiscard]] std::size_t newest() const { return stands_.size() - 1; }

 private:
  struct Stand {
    Nanos where{};
    MonoTime until;  // not of the newest
  };
  std::vector<Stand> stands_;
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
  const Stands all(jumps);
  // slewd's own steps move the clock towards true time: they make it less wrong, never more.
  const Stands foreign(moved == Moved::wrong ? without_own(jumps) : jumps);
  for (std::size_t i = 0; i < jumps.size(); ++i) {
    if (!is_recent(jumps[i].at, limits, now)) continue;
    if (moved == Moved::wrong && is_own(jumps[i])) continue;
    const bool back = limits.least ? *limits.least < 0 : jumps[i].size < Nanos{0};
    // Beyond doubt: where it stood and where it stands are taken as near to one another as their
    // last seconds allow.
    const auto since = [&](const Stands& stands) {
      return difference(stands.extreme(stands.newest(), now, back),
                        stands.extreme(i, jumps[i].at, !back));
    };
    const Nanos size =
        back ? std::max(since(all), since(foreign)) : std::min(since(all), since(foreign));
    causes.none = "the clock stands where it stood, or not that far from it, or not for " +
                  format(kStand) + " yet";
    const bool moves = back ? size < Nanos{0} : size > Nanos{0};
    if (!moves || (limits.least && !reaches(size, *limits.least))) continue;
    const Cause cause = cause_of(jumps[i], size);
    // What waits for the time to come back has waited long enough.
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
