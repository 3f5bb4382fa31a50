// SPDX-License-Identifier: Apache-2.0
// The output of a log: a descriptor whose reader may be slow or stuck.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace slewd::os {

// write() belongs to one thread at a time; the rest to any.
class LogOutput {
 public:
  enum class Patience {
    waits,  // for a reader that is slow, with poll(2)
    none,   // for a process of one thread, whose poll is that of its loop alone
  };

  // `fd` stays the caller's.
  LogOutput(int fd, Patience patience);

  // If the reader accepts nothing the line is lost: at once without patience, else after hurry().
  void write(std::string_view line);
  // At the stop: from now on all waits together take a second at most.
  void hurry();
  // Lines that the descriptor did not take.
  [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  [[nodiscard]] bool is_ready();

  int fd_;
  Patience patience_;
  std::atomic<bool> hurried_{false};
  std::atomic<std::uint64_t> lost_{0};
  int last_looks_;
};

}  // namespace slewd::os
