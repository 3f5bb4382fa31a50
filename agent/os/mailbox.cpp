// SPDX-License-Identifier: Apache-2.0
#include "agent/os/mailbox.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/limits.hpp"

namespace slewd::os {

Mailbox::Mailbox(bool with_pipe) {
  if (!with_pipe) return;
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe2");
  read_end_ = Fd(ends[0]);
  write_end_ = Fd(ends[1]);
}

bool Mailbox::put(std::function<void()> letter) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (letters_.size() >= limits::kMailbox) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    first = letters_.empty();
    letters_.push_back(std::move(letter));
  }
  if (first) wake();
  return true;
}

void Mailbox::wake() const {
  if (!write_end_.valid()) return;
  // A full pipe wakes the loop as well, so the result does not matter.
  [[maybe_unused]] const ssize_t written = ::write(write_end_.get(), "!", 1);
}

std::vector<std::function<void()>> Mailbox::take(bool pipe_is_readable) {
  if (pipe_is_readable) {
    std::array<char, 256> sink{};
    while (::read(read_end_.get(), sink.data(), sink.size()) == static_cast<ssize_t>(sink.size())) {
    }
  }
  std::vector<std::function<void()>> letters;
  const std::lock_guard lock(mutex_);
  letters.swap(letters_);
  return letters;
}

bool Mailbox::empty() const {
  const std::lock_guard lock(mutex_);
  return letters_.empty();
}

}  // namespace slewd::os
