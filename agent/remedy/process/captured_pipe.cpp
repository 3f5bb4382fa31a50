// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/process/captured_pipe.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace slewd::remedy {
namespace {

constexpr int kReadsPerTurn = 32;

}  // namespace

void CapturedPipe::open(Fd reading, std::function<void()> after) {
  pipe_ = std::move(reading);
  reactor_.watch(pipe_.get(), POLLIN, [this, after = std::move(after)](short) {
    const std::function<void()> then = after;  // outlives the watch, which the end takes away
    read();
    then();
  });
}

void CapturedPipe::read() {
  std::array<char, 4096> buffer{};
  // A child that writes without end must not keep the agent thread.
  for (int turn = 0; turn < kReadsPerTurn && pipe_.valid(); ++turn) {
    const ssize_t got = ::read(pipe_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return close();
    const auto size = static_cast<std::size_t>(got);
    const std::size_t kept = std::min(size, kept_ - text_.size());
    text_.append(buffer.data(), kept);
    dropped_ += size - kept;
  }
}

void CapturedPipe::close() {
  if (!pipe_.valid()) return;
  reactor_.unwatch(pipe_.get());
  pipe_.reset();
}

}  // namespace slewd::remedy
