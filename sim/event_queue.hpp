// SPDX-License-Identifier: Apache-2.0
// The heart of the virtual world: events in order of (true time, sequence), and a running hash of
// everything that happened, so that two runs can be told equal by one number. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <vector>

#include "sim/true_time.hpp"

namespace slewd::sim {

class EventQueue {
 public:
  explicit EventQueue(TrueTime start) : now_(start) {}

  [[nodiscard]] TrueTime now() const { return now_; }
  // Events of equal time run in the order of their calls; a time in the past means now.
  void at(TrueTime when, std::function<void()> event);
  // Runs the events up to and including `end`; then now() is `end`.
  void run_until(TrueTime end);
  // The same, but returns true as soon as `done` holds (asked before the first and after each
  // event), with now() at that event.
  bool run_until(const std::function<bool()>& done, TrueTime end);

  // Adds now() and the values to the hash.
  void trace(std::initializer_list<std::int64_t> values);
  [[nodiscard]] std::uint64_t trace_hash() const { return hash_; }
  [[nodiscard]] std::uint64_t events_run() const { return events_run_; }

 private:
  // What to run lies apart, so that the heap moves plain numbers.
  struct Event {
    TrueTime when;
    std::uint64_t sequence;
    std::size_t slot;
  };
  static bool later(const Event& a, const Event& b);
  void run_next();

  TrueTime now_;
  std::vector<Event> heap_;
  std::vector<std::function<void()>> slots_;
  std::vector<std::size_t> free_slots_;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t events_run_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace slewd::sim
