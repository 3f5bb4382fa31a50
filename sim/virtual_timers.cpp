// SPDX-License-Identifier: Apache-2.0
#include "sim/virtual_timers.hpp"

#include <algorithm>

#include "sim/trace_kind.hpp"

namespace slewd::sim {

core::TimerId VirtualTimers::at(MonoTime when, std::function<void()> expired) {
  const auto id = static_cast<core::TimerId>(next_id_++);
  const auto placed = timers_.emplace(std::pair{when, id}, std::move(expired)).first;
  if (placed == timers_.begin()) rearm();
  return id;
}

void VirtualTimers::cancel(core::TimerId timer) {
  const auto found = std::find_if(timers_.begin(), timers_.end(), [timer](const auto& entry) {
    return entry.first.second == timer;
  });
  if (found == timers_.end()) return;
  timers_.erase(found);  // an event that finds nothing due arms itself anew
}

void VirtualTimers::rearm() {
  ++arming_;
  if (ringing_ || timers_.empty()) return;
  TrueTime when = forecast_(timers_.begin()->first.first);
  if (latency_ > Nanos{0}) when += random_.exponential(latency_);
  queue_.at(std::max(when, held_until_), [this, arming = arming_] { ring(arming); });
}

void VirtualTimers::ring(std::uint64_t arming) {
  if (arming != arming_) return;
  if (queue_.now() < held_until_) return rearm();
  ringing_ = true;
  ++rings_;
  const MonoTime now = mono_now_();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    const auto due = timers_.extract(timers_.begin());
    queue_.trace({traced(TraceKind::timer), due.key().first.since_epoch.count()});
    due.mapped()();
  }
  ringing_ = false;
  rearm();
}

}  // namespace slewd::sim
