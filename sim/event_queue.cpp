// SPDX-License-Identifier: Apache-2.0
#include "sim/event_queue.hpp"

#include <algorithm>
#include <utility>

namespace slewd::sim {

void EventQueue::at(TrueTime when, std::function<void()> event) {
  std::size_t slot = slots_.size();
  if (free_slots_.empty()) {
    slots_.push_back(std::move(event));
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
    slots_[slot] = std::move(event);
  }
  heap_.push_back({std::max(when, now_), next_sequence_++, slot});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

void EventQueue::run_until(TrueTime end) {
  while (!heap_.empty() && heap_.front().when <= end) run_next();
  now_ = std::max(now_, end);
}

bool EventQueue::run_until(const std::function<bool()>& done, TrueTime end) {
  if (done()) return true;
  while (!heap_.empty() && heap_.front().when <= end) {
    run_next();
    if (done()) return true;
  }
  now_ = std::max(now_, end);
  return done();
}

void EventQueue::trace(std::initializer_list<std::int64_t> values) {
  const auto mix = [this](std::int64_t value) {  // FNV-1a's step over words, high bits fed back
    hash_ = (hash_ ^ static_cast<std::uint64_t>(value)) * 0x9e3779b97f4a7c15U;
    hash_ ^= hash_ >> 32;
  };
  mix(now_.since_epoch.count());
  for (const std::int64_t value : values) mix(value);
}

bool EventQueue::later(const Event& a, const Event& b) {
  return a.when != b.when ? a.when > b.when : a.sequence > b.sequence;
}

void EventQueue::run_next() {
  std::pop_heap(heap_.begin(), heap_.end(), later);
  const Event event = heap_.back();
  heap_.pop_back();
  now_ = event.when;
  ++events_run_;
  const std::function<void()> run = std::exchange(slots_[event.slot], nullptr);
  free_slots_.push_back(event.slot);
  run();
}

}  // namespace slewd::sim
