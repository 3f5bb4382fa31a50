// SPDX-License-Identifier: Apache-2.0
// The one loop of a thread: descriptors, timers and letters from other threads, over poll(2) with
// its millisecond timeout. No epoll, ppoll, timerfd or eventfd, so that a libc-level simulator can
// drive the same binary. Deadlines are judged by the core's clock alone, which may run at another
// rate than the timeout of poll: the loop looks again instead of trusting the timeout.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>

#include "agent/core/ports.hpp"
#include "agent/os/mailbox.hpp"
#include "agent/os/reactor.hpp"
#include "base/timeline.hpp"

namespace slewd::os {

// Milliseconds for poll(2): rounded up so that a wait never turns into a spin; 0 when due; at most
// INT_MAX.
[[nodiscard]] int poll_timeout(Nanos wait);

// Owned by one thread. Everything but post(), dropped(), stop() and stopped() is called on it, also
// from inside callbacks.
class PollLoop final : public Reactor {
 public:
  enum class Threading {
    multi,   // post() from other threads wakes the loop through a pipe
    single,  // no other thread and no pipe: everything happens on this one
  };

  explicit PollLoop(const core::Clock& clock, Threading threading = Threading::multi);
  PollLoop(const PollLoop&) = delete;
  PollLoop& operator=(const PollLoop&) = delete;
  ~PollLoop() override = default;

  // A deadline in the past is due in the next round, so a timer that renews itself cannot starve
  // the descriptors.
  core::TimerId at(MonoTime when, std::function<void()> expired) override;
  void cancel(core::TimerId timer) override;

  // A descriptor that was closed before unwatch() is called once with POLLNVAL and forgotten.
  void watch(int fd, short events, std::function<void(short revents)> ready) override;
  void unwatch(int fd) override;

  // False when limits::kMailbox calls wait; the drop is counted.
  bool post(std::function<void()> work) override;
  [[nodiscard]] std::uint64_t dropped() const { return mailbox_.dropped(); }

  [[nodiscard]] MonoTime now() const override { return clock_.now().mono; }
  [[nodiscard]] BootTime boot() const override { return clock_.now().boot; }
  [[nodiscard]] WallTime wall() const override { return clock_.now().wall; }

  // Rounds until stop(). A stop that came before the run counts.
  void run();
  // One round: waits at most `max_wait` (of the core's clock), then serves what is ready.
  void run_once(Nanos max_wait);
  // Any thread. Final: callbacks of the running round that are still to come are not called.
  void stop();
  [[nodiscard]] bool stopped() const { return stopped_.load(std::memory_order_acquire); }

  // Called after each return of poll, also an interrupted one (signals.hpp uses it). One hook.
  void on_wake(std::function<void()> hook) { wake_hook_ = std::move(hook); }
  // What a signal handler writes a byte to; -1 in single mode.
  [[nodiscard]] int wake_descriptor() const { return mailbox_.write_descriptor(); }

 private:
  struct Watch {
    short events = 0;
    std::uint64_t serial = 0;  // tells a new watch from an old one with the same descriptor number
    std::shared_ptr<const std::function<void(short)>> ready;
  };
  using TimerKey = std::pair<MonoTime, std::uint64_t>;

  [[nodiscard]] Nanos time_to_wait(Nanos max_wait) const;
  void serve_mail(bool pipe_is_readable);
  void serve_descriptors(Nanos wait);
  void serve_timers();

  const core::Clock& clock_;
  Threading threading_;
  Mailbox mailbox_;
  std::function<void()> wake_hook_;
  std::map<int, Watch> watches_;
  std::map<TimerKey, std::function<void()>> timers_;
  std::unordered_map<std::uint64_t, MonoTime> deadlines_;  // of each timer, to cancel it
  std::uint64_t next_serial_ = 1;
  std::atomic<bool> stopped_{false};
};

}  // namespace slewd::os
