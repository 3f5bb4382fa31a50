#include "agent/core/jump_classifier.hpp"

#include <utility>

namespace slewd::core {

std::optional<ClockEvent> JumpClassifier::look(const ClockReading& now, bool told) {
  const auto before = std::exchange(last_, now);
  if (!before) return std::nullopt;
  const auto real_less_mono = [](const ClockReading& r) {
    return r.wall.since_epoch - r.mono.since_epoch;
  };
  const auto boot_less_mono = [](const ClockReading& r) {
    return r.boot.since_epoch - r.mono.since_epoch;
  };
  const Nanos moved = real_less_mono(now) - real_less_mono(*before);
  const Nanos suspended = boot_less_mono(now) - boot_less_mono(*before);
  const Nanos uncertainty = now.width + before->width;
  const Nanos own = std::exchange(own_step_, Nanos{0});

  ClockEvent event;
  event.uncertainty = uncertainty;
  event.seen_mono = now.mono;
  event.seen_boot = now.boot;
  event.wall_after = now.wall;
  event.latency = now.mono - before->mono;
  event.witnesses = told ? "clock_set real-mono" : "real-mono";
  if (own != Nanos{0} && magnitude(moved - own) < config_.floor + uncertainty) {
    event.cause = JumpCause::own_step;
    event.size = own;
  } else if (magnitude(suspended) >= config_.floor + uncertainty) {
    event.cause = JumpCause::suspend;
    event.raw_lost = suspended;
    event.size = moved;
    event.witnesses += " boot-mono";
  } else if (magnitude(moved) >= config_.floor + uncertainty) {
    event.cause = JumpCause::foreign_step;
    event.size = moved;
  } else {
    return std::nullopt;
  }
  event.wall_before = now.wall - event.size;
  return event;
}

}  // namespace slewd::core
