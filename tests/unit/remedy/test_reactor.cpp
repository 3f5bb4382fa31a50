// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/remedy/test_reactor.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace slewd::remedy {

TestReactor::TestReactor() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
  read_end_ = Fd(ends[0]);
  write_end_ = Fd(ends[1]);
}

void TestReactor::watch(int fd, short events, std::function<void(short)> ready) {
  watches_[fd] = {events, std::move(ready)};
}

void TestReactor::unwatch(int fd) { watches_.erase(fd); }

core::TimerId TestReactor::at(MonoTime when, std::function<void()> call) {
  timers_[{when, ++last_timer_}] = std::move(call);
  return core::TimerId{last_timer_};
}

void TestReactor::cancel(core::TimerId timer) {
  std::erase_if(timers_,
                [&](const auto& entry) { return core::TimerId{entry.first.second} == timer; });
}

bool TestReactor::post(std::function<void()> letter) {
  const std::scoped_lock lock(mutex_);
  letters_.push_back(std::move(letter));
  return ::write(write_end_.get(), "", 1) == 1;
}

bool TestReactor::serve_letters() {
  std::array<char, 64> bytes{};
  while (::read(read_end_.get(), bytes.data(), bytes.size()) > 0) continue;
  std::vector<std::function<void()>> letters;
  {
    const std::scoped_lock lock(mutex_);
    letters.swap(letters_);
  }
  for (const auto& letter : letters) letter();
  return !letters.empty();
}

bool TestReactor::fire_due() {
  // A timer that another one sets for the present moment waits for the next turn, as in the real
  // loop.
  const std::uint64_t newest = last_timer_;
  bool fired = false;
  for (bool found = true; found;) {
    found = false;
    for (auto timer = timers_.begin(); timer != timers_.end() && timer->first.first <= now_;
         ++timer) {
      if (timer->first.second > newest) continue;
      const auto call = std::move(timer->second);
      timers_.erase(timer);
      call();
      fired = found = true;
      break;
    }
  }
  return fired;
}

bool TestReactor::poll_once(int timeout_ms) {
  std::vector<pollfd> set;
  for (const auto& [fd, watch] : watches_) set.push_back({fd, watch.events, 0});
  set.push_back({read_end_.get(), POLLIN, 0});
  if (::poll(set.data(), set.size(), timeout_ms) <= 0) return false;
  serve_letters();
  for (const pollfd& entry : set) {
    const auto watch = watches_.find(entry.fd);
    if (entry.revents == 0 || watch == watches_.end()) continue;
    const auto ready = watch->second.ready;  // may unwatch itself
    ready(entry.revents);
  }
  return true;
}

bool TestReactor::run_until(const std::function<bool()>& wanted) {
  using RealClock = std::chrono::steady_clock;
  const auto give_up = RealClock::now() + std::chrono::seconds(30);
  while (!wanted()) {
    const bool fired = fire_due();
    poll_once(fired ? 0 : 100);
    if (RealClock::now() > give_up) return false;
  }
  return true;
}

void TestReactor::settle() {
  for (int turn = 0; turn < 100; ++turn) {
    const bool fired = fire_due();
    if (!poll_once(0) && !fired) return;
  }
}

void TestReactor::advance(Nanos by) {
  const MonoTime target = now_ + by;
  settle();
  while (!timers_.empty() && timers_.begin()->first.first <= target) {
    now_ = std::max(now_, timers_.begin()->first.first);
    settle();
  }
  now_ = target;
}

}  // namespace slewd::remedy
