// SPDX-License-Identifier: Apache-2.0
// What remedies need of an event loop: descriptors, timers, letters of helper threads and the time.
// agent/app adapts the poll loop to it. Everything in agent/remedy runs on the one thread that runs
// the reactor, unless its header says otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "base/timeline.hpp"

namespace slewd::remedy {

class Reactor {
 public:
  virtual ~Reactor() = default;

  // Calls `ready` with the poll(2) events each time that `fd` has one of `events`. Replaces an
  // earlier watch of the same descriptor. `ready` may unwatch its own descriptor.
  virtual void watch(int fd, short events, std::function<void(short)> ready) = 0;
  // Must come before the descriptor is closed. An unknown descriptor is ignored.
  virtual void unwatch(int fd) = 0;

  // Calls once at `when`, or at the loop's next turn when that has passed; never from within at().
  // The answer is never zero.
  virtual std::uint64_t at(MonoTime when, std::function<void()> call) = 0;
  // A timer that has fired, is unknown, or is zero is ignored.
  virtual void cancel(std::uint64_t timer) = 0;

  // Any thread: calls once on the reactor's thread. False when too many letters wait.
  virtual bool post(std::function<void()> letter) = 0;

  [[nodiscard]] virtual MonoTime now() const = 0;
  // For what must count time in suspend, such as leases.
  [[nodiscard]] virtual BootTime boot() const = 0;
  // For records only, never for decisions.
  [[nodiscard]] virtual WallTime wall() const = 0;
};

// A timer that is cancelled with its owner.
class Timer {
 public:
  explicit Timer(Reactor& reactor) : reactor_(reactor) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { stop(); }

  // Replaces what was set before.
  void start(MonoTime when, std::function<void()> call) {
    stop();
    id_ = reactor_.at(when, [this, call = std::move(call)]() mutable {
      id_ = 0;
      const std::function<void()> due = std::move(call);  // outlives this timer's owner
      due();
    });
  }
  void stop() { reactor_.cancel(std::exchange(id_, 0)); }
  [[nodiscard]] bool running() const { return id_ != 0; }

 private:
  Reactor& reactor_;
  std::uint64_t id_ = 0;
};

}  // namespace slewd::remedy
