// SPDX-License-Identifier: Apache-2.0
// Lets remedies run on a PollLoop, which they may not see.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "agent/core/ports.hpp"
#include "agent/linux/poll_loop.hpp"
#include "agent/remedy/ports/reactor.hpp"

namespace slewd::app {

class PollReactor final : public remedy::Reactor {
 public:
  PollReactor(os::PollLoop& loop, const core::Clock& clock) : loop_(loop), clock_(clock) {}

  void watch(int fd, short events, std::function<void(short)> ready) override {
    loop_.watch(fd, events, std::move(ready));
  }
  void unwatch(int fd) override { loop_.unwatch(fd); }
  std::uint64_t at(MonoTime when, std::function<void()> call) override {
    return static_cast<std::uint64_t>(loop_.at(when, std::move(call)));
  }
  void cancel(std::uint64_t timer) override { loop_.cancel(core::TimerId{timer}); }
  bool post(std::function<void()> letter) override { return loop_.post(std::move(letter)); }
  [[nodiscard]] MonoTime now() const override { return clock_.now().mono; }
  [[nodiscard]] BootTime boot() const override { return clock_.now().boot; }
  [[nodiscard]] WallTime wall() const override { return clock_.now().wall; }

 private:
  os::PollLoop& loop_;
  const core::Clock& clock_;
};

}  // namespace slewd::app
