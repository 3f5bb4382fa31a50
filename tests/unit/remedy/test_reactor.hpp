// SPDX-License-Identifier: Apache-2.0
// A reactor over real descriptors and a clock that stands still until the test moves it.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "agent/os/reactor.hpp"
#include "base/fd.hpp"

namespace slewd::remedy {

class TestReactor final : public os::Reactor {
 public:
  TestReactor();
  void watch(int fd, short events, std::function<void(short)> ready) override;
  void unwatch(int fd) override;
  core::TimerId at(MonoTime when, std::function<void()> call) override;
  void cancel(core::TimerId timer) override;
  bool post(std::function<void()> letter) override;
  [[nodiscard]] MonoTime now() const override { return now_; }
  [[nodiscard]] BootTime boot() const override { return BootTime{now_.since_epoch}; }
  [[nodiscard]] WallTime wall() const override { return wall_; }

  // Handles what is ready, and waits for it, until `wanted` holds. False when that takes more real
  // time than any machine needs. The clock does not move.
  bool run_until(const std::function<bool()>& wanted);
  // Handles what is ready or due now.
  void settle();
  // Moves the clock, stopping at each timer on the way, and handles what is ready at each.
  void advance(Nanos by);

  void step_wall_clock(Nanos by) { wall_ += by; }
  [[nodiscard]] std::size_t watches() const { return watches_.size(); }
  [[nodiscard]] std::size_t timers() const { return timers_.size(); }

 private:
  struct Watch {
    short events;
    std::function<void(short)> ready;
  };
  bool fire_due();
  bool poll_once(int timeout_ms);
  bool serve_letters();

  MonoTime now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::hours(24 * 365 * 56)};
  std::map<int, Watch> watches_;
  Fd read_end_;  // of the pipe that wakes poll() for a letter
  Fd write_end_;
  std::mutex mutex_;  // guards letters_
  std::vector<std::function<void()>> letters_;
  std::uint64_t last_timer_ = 0;
  std::map<std::pair<MonoTime, std::uint64_t>, std::function<void()>> timers_;
};

}  // namespace slewd::remedy
