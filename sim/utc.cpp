// SPDX-License-Identifier: Apache-2.0
#include "sim/utc.hpp"

#include <algorithm>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kAnnounced = 24h;
constexpr Nanos kEitherSide = 500ms;

}  // namespace

// The second that is left out would have been the day's last.
void Utc::add_leap(TrueTime midnight, core::Leap kind) {
  const Nanos uncounted = at(midnight).since_epoch - midnight.since_epoch;
  const Nanos lead = kind == core::Leap::erase ? 1s : 0s;
  leaps_.push_back({midnight - uncounted - lead, kind});
}

WallTime Utc::at(TrueTime time) const {
  WallTime result = to_wall(time);
  for (const LeapSecond& leap : leaps_)
    if (time >= leap.at) result += leap.kind == core::Leap::insert ? -1s : 1s;
  return result;
}

core::Leap Utc::announced(TrueTime time) const {
  for (const LeapSecond& leap : leaps_)
    if (time < leap.at && time >= leap.at - kAnnounced) return leap.kind;
  return core::Leap::none;
}

bool Utc::is_leaping(TrueTime time) const {
  return std::ranges::any_of(leaps_, [time](const LeapSecond& leap) {
    return time > leap.at - kEitherSide && time < leap.at + kEitherSide;
  });
}

}  // namespace slewd::sim
