// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/signals.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <utility>

#include <unistd.h>

#include "base/check.hpp"

namespace slewd::os {
namespace {

constexpr std::array kCaught{SIGTERM, SIGINT, SIGHUP};

// All that a handler may touch: lock-free atomics. Bit n of `pending` is signal number n.
struct HandlerState {
  std::atomic<bool> in_use{false};
  std::atomic<std::uint32_t> pending{0};
  std::atomic<int> wake_descriptor{-1};
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
static_assert(std::atomic<int>::is_always_lock_free);

// A signal handler has no argument of ours, so its state cannot be anything but global.
HandlerState handler_state;

std::array<struct sigaction, kCaught.size() + 1> previous_actions;

extern "C" void slewd_note_signal(int number) {
  const int saved_errno = errno;
  handler_state.pending.fetch_or(std::uint32_t{1} << static_cast<unsigned>(number));
  const int fd = handler_state.wake_descriptor.load();
  if (fd >= 0) {
    [[maybe_unused]] const ssize_t written = ::write(fd, "s", 1);
  }
  errno = saved_errno;
}

}  // namespace

Signals::Signals(PollLoop& loop, std::function<void(int number)> on_signal)
    : loop_(loop), on_signal_(std::move(on_signal)) {
  SLEWD_CHECK(!handler_state.in_use.exchange(true));
  handler_state.pending = 0;
  handler_state.wake_descriptor = loop.wake_descriptor();
  loop_.on_wake([this] { look(); });

  struct sigaction action {};
  action.sa_handler = slewd_note_signal;
  // Other threads' calls go on by themselves; poll(2) returns EINTR all the same (signal(7)).
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kCaught.size(); ++i)
    ::sigaction(kCaught[i], &action, &previous_actions[i]);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &previous_actions[kCaught.size()]);
}

Signals::~Signals() {
  for (std::size_t i = 0; i < kCaught.size(); ++i)
    ::sigaction(kCaught[i], &previous_actions[i], nullptr);
  ::sigaction(SIGPIPE, &previous_actions[kCaught.size()], nullptr);
  loop_.on_wake(nullptr);
  handler_state.wake_descriptor = -1;
  handler_state.in_use = false;
}

void Signals::look() {
  const std::uint32_t pending = handler_state.pending.exchange(0);
  if (pending == 0) return;
  for (const int number : kCaught)
    if ((pending & (std::uint32_t{1} << static_cast<unsigned>(number))) != 0) on_signal_(number);
}

}  // namespace slewd::os
