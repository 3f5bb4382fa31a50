// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/log_output.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.hpp"

namespace slewd::os {
namespace {

constexpr int kLookMilliseconds = 100;
constexpr int kLastLooks = 10;  // a second in all

// The pipe behind `fd`, opened so that it does not wait; not valid when it is none. Not O_NONBLOCK
// on `fd`: that would change it for every process that shares it. For each line anew: what `fd`
// leads to may change.
Fd without_waiting(int fd) {
  struct stat about {};
  if (::fstat(fd, &about) != 0 || !S_ISFIFO(about.st_mode)) return {};
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  return Fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
}

}  // namespace

LogOutput::LogOutput(int fd, Patience patience)
    : fd_(fd), patience_(patience), last_looks_(kLastLooks) {}

void LogOutput::write(std::string_view line) {
  const Fd own = patience_ == Patience::none ? without_waiting(fd_) : Fd();
  const int fd = own.valid() ? own.get() : fd_;
  while (!line.empty()) {
    // A pipe that is ready takes as much as this without waiting.
    const std::string_view part = line.substr(0, std::min<std::size_t>(line.size(), PIPE_BUF));
    if (!is_ready()) break;
    const ssize_t written = ::write(fd, part.data(), part.size());
    if (written < 0 && errno != EINTR && (errno != EAGAIN || patience_ == Patience::none)) break;
    if (written > 0) line.remove_prefix(static_cast<std::size_t>(written));
  }
  if (!line.empty()) lost_.fetch_add(1, std::memory_order_relaxed);
}

void LogOutput::hurry() { hurried_.store(true); }

bool LogOutput::is_ready() {
  if (patience_ == Patience::none) return true;
  for (;;) {
    pollfd ready{fd_, POLLOUT, 0};
    const int wait = last_looks_ > 0 ? kLookMilliseconds : 0;
    // A broken pipe is ready for its error.
    if (::poll(&ready, 1, wait) > 0) return true;
    if (!hurried_.load()) continue;
    if (last_looks_ > 0) --last_looks_;
    if (last_looks_ == 0) return false;
  }
}

}  // namespace slewd::os
