// SPDX-License-Identifier: Apache-2.0
// What a user of an event loop sees of it: descriptors, timers, work handed over by other threads,
// and the time. PollLoop is the daemon's; tests have one whose clock stands still.
#pragma once

#include <functional>
#include <utility>

#include "agent/core/ports.hpp"
#include "base/timeline.hpp"

namespace slewd::os {

// Everything but post() is called on the thread that runs the loop, also from inside callbacks.
class Reactor : public core::Timers {
 public:
  // Calls `ready` with the poll(2) events once in each round in which `fd` has one of `events`,
  // POLLERR or POLLHUP. Replaces an earlier watch of the same descriptor. `ready` may unwatch its
  // own descriptor.
  virtual void watch(int fd, short events, std::function<void(short revents)> ready) = 0;
  // Must come before the descriptor is closed. An unknown descriptor is ignored.
  virtual void unwatch(int fd) = 0;

  // Any thread: runs `work` once on the loop's thread. False when too much work waits.
  virtual bool post(std::function<void()> work) = 0;

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
      id_ = kNone;
      const std::function<void()> due = std::move(call);  // outlives this timer's owner
      due();
    });
  }
  void stop() {
    if (running()) reactor_.cancel(std::exchange(id_, kNone));
  }
  [[nodiscard]] bool running() const { return id_ != kNone; }

 private:
  static constexpr core::TimerId kNone{0};  // no loop gives this id

  Reactor& reactor_;
  core::TimerId id_ = kNone;
};

}  // namespace slewd::os
