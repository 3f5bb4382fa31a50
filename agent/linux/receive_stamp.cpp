#include "agent/linux/receive_stamp.hpp"

#include <chrono>

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kOldestStamp = 1s;
constexpr Nanos kAnchorNoise = 1us;  // beyond the widths of both readings

}  // namespace

WallAnchor anchor_of(const core::ClockReading& reading) {
  return {reading.wall.since_epoch - reading.mono.since_epoch, reading.width};
}

Arrival arrival_of(std::optional<WallTime> stamp, const core::ClockReading& now,
                   const WallAnchor& sent) {
  const Arrival late{now.raw, core::StampSource::daemon};
  if (!stamp) return late;
  const Nanos age = now.wall - *stamp;
  if (age < Nanos{0} || age > kOldestStamp) return late;
  const WallAnchor read = anchor_of(now);
  const Nanos stepped = magnitude(read.wall_less_mono - sent.wall_less_mono);
  if (stepped > read.uncertainty + sent.uncertainty + kAnchorNoise) return late;
  return {now.raw - age, core::StampSource::kernel};
}

}  // namespace slewd::os
