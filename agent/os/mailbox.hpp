// SPDX-License-Identifier: Apache-2.0
// Work handed to a poll loop by other threads: a bounded queue and, when there are other threads, a
// pipe that wakes poll(2). A libc-level simulator reports every pipe as readable for ever, so a
// single-threaded loop has none.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "base/fd.hpp"

namespace slewd::os {

class Mailbox {
 public:
  // Throws std::system_error when there is no pipe to be had, as the start of a thread does:
  // slewd_main ends the process with the limit's name (resources.hpp).
  explicit Mailbox(bool with_pipe);

  // Any thread. False when limits::kMailbox letters wait: the letter is dropped and counted.
  bool put(std::function<void()> letter);
  // Any thread and any signal handler: makes the loop's poll return.
  void wake() const;

  // The loop's thread. Empties the pipe, where poll(2) has said that it holds something, and then
  // the queue: in this order, so that no letter is left asleep.
  [[nodiscard]] std::vector<std::function<void()>> take(bool pipe_is_readable);
  [[nodiscard]] bool empty() const;

  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  // -1 without a pipe.
  [[nodiscard]] int read_descriptor() const { return read_end_.get(); }
  [[nodiscard]] int write_descriptor() const { return write_end_.get(); }

 private:
  Fd read_end_;
  Fd write_end_;
  mutable std::mutex mutex_;
  std::vector<std::function<void()>> letters_;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace slewd::os
