// SPDX-License-Identifier: Apache-2.0
#include "agent/os/poll_loop.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <vector>

#include <poll.h>

#include "base/check.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

// Without a wake pipe a signal that arrives just before poll is seen at the next return of poll.
constexpr Nanos kLongestSingleWait = 1s;

}  // namespace

int poll_timeout(Nanos wait) {
  if (wait <= Nanos{0}) return 0;
  const auto whole = std::chrono::floor<std::chrono::milliseconds>(wait);
  const auto rounded_up = whole.count() + (wait > whole ? 1 : 0);
  return static_cast<int>(std::min<std::int64_t>(rounded_up, INT_MAX));
}

PollLoop::PollLoop(const core::Clock& clock, Threading threading)
    : clock_(clock), threading_(threading), mailbox_(threading == Threading::multi) {}

core::TimerId PollLoop::at(MonoTime when, std::function<void()> expired) {
  const std::uint64_t serial = next_serial_++;
  timers_.emplace(TimerKey{when, serial}, std::move(expired));
  deadlines_.emplace(serial, when);
  return core::TimerId{serial};
}

void PollLoop::cancel(core::TimerId timer) {
  const auto serial = static_cast<std::uint64_t>(timer);
  const auto deadline = deadlines_.find(serial);
  if (deadline == deadlines_.end()) return;
  timers_.erase(TimerKey{deadline->second, serial});
  deadlines_.erase(deadline);
}

void PollLoop::watch(int fd, short events, std::function<void(short revents)> ready) {
  SLEWD_CHECK(fd >= 0);
  watches_[fd] = Watch{events, next_serial_++,
                       std::make_shared<const std::function<void(short)>>(std::move(ready))};
}

void PollLoop::unwatch(int fd) { watches_.erase(fd); }

bool PollLoop::post(std::function<void()> work) { return mailbox_.put(std::move(work)); }

void PollLoop::run() {
  while (!stopped()) run_once(Nanos::max());
}

void PollLoop::stop() {
  stopped_.store(true, std::memory_order_release);
  mailbox_.wake();
}

void PollLoop::run_once(Nanos max_wait) {
  if (stopped()) return;
  serve_descriptors(time_to_wait(max_wait));
  if (!stopped()) serve_timers();
}

Nanos PollLoop::time_to_wait(Nanos max_wait) const {
  if (threading_ == Threading::single) {
    if (!mailbox_.empty()) return Nanos{0};
    max_wait = std::min(max_wait, kLongestSingleWait);
  }
  if (timers_.empty()) return max_wait;
  return std::min(max_wait, timers_.begin()->first.first - clock_.now().mono);
}

void PollLoop::serve_descriptors(Nanos wait) {
  std::vector<pollfd> polled;
  std::vector<std::uint64_t> serials;
  polled.reserve(watches_.size() + 1);
  serials.reserve(watches_.size());
  for (const auto& [fd, watch] : watches_) {
    polled.push_back({fd, watch.events, 0});
    serials.push_back(watch.serial);
  }
  const bool has_pipe = mailbox_.read_descriptor() >= 0;
  if (has_pipe) polled.push_back({mailbox_.read_descriptor(), POLLIN, 0});

  const int ready = ::poll(polled.data(), polled.size(), poll_timeout(wait));
  SLEWD_CHECK(ready >= 0 || errno == EINTR);
  if (wake_hook_) wake_hook_();
  serve_mail(ready > 0 && has_pipe && polled.back().revents != 0);
  if (ready <= 0) return;

  for (std::size_t i = 0; i < serials.size() && !stopped(); ++i) {
    const short revents = polled[i].revents;
    if (revents == 0) continue;
    const auto found = watches_.find(polled[i].fd);
    if (found == watches_.end() || found->second.serial != serials[i]) continue;
    const auto call = found->second.ready;  // outlives an unwatch from inside
    if ((revents & POLLNVAL) != 0) watches_.erase(found);
    (*call)(revents);
  }
}

void PollLoop::serve_mail(bool pipe_is_readable) {
  for (const std::function<void()>& letter : mailbox_.take(pipe_is_readable)) {
    if (stopped()) return;
    letter();
  }
}

void PollLoop::serve_timers() {
  if (timers_.empty()) return;
  const MonoTime now = clock_.now().mono;
  std::vector<TimerKey> due;
  for (const auto& [key, expired] : timers_) {
    if (key.first > now) break;
    due.push_back(key);
  }
  for (const TimerKey& key : due) {
    if (stopped()) return;
    const auto node = timers_.extract(key);
    if (node.empty()) continue;  // cancelled by a callback before it
    deadlines_.erase(key.second);
    node.mapped()();
  }
}

}  // namespace slewd::os
