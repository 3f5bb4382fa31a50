// SPDX-License-Identifier: Apache-2.0
#include "agent/app/trace_file.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own_file.hpp"
#include "base/text.hpp"

namespace slewd::app {
namespace {

constexpr mode_t kMode = 0644;
constexpr int kRateDecimals = 6;  // ppm: the kernel's own grain is 2^-16

// Exact, where a double would round the wall clock to a quarter of a microsecond.
std::string exact_seconds(Nanos time) {
  const bool negative = time < Nanos{0};
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(magnitude(time));
  const std::string digits = std::to_string((magnitude(time) - whole).count());
  return (negative ? "-" : "") + std::to_string(whole.count()) + "." +
         std::string(9 - digits.size(), '0') + digits;
}

}  // namespace

std::string trace_line(const core::Decision& decision) {
  const bool slews = decision.slew_rate != Ppm{0};
  return R"({"mono":)" + exact_seconds(decision.at.mono.since_epoch) + R"(,"wall":)" +
         exact_seconds(decision.at.wall.since_epoch) + R"(,"state":")" +
         std::string(to_string(decision.phase)) + R"(","offset":)" +
         exact_seconds(decision.offset) + R"(,"bound":)" + exact_seconds(decision.bound) +
         R"(,"frequency":)" + format_fixed(decision.frequency.value, kRateDecimals) +
         R"(,"slew":)" + format_fixed(decision.slew_rate.value, kRateDecimals) +
         R"(,"remaining":)" + exact_seconds(slews ? decision.offset : Nanos{0}) + R"(,"poll":)" +
         exact_seconds(decision.poll_interval) + "}\n";
}

Result<void> TraceFile::append(const core::Decision& decision) {
  if (path_.empty()) return {};
  const std::string line = trace_line(decision);
  if (auto ready = make_room(line.size()); !ready)
    return fail(std::move(ready.error()).within("cannot write " + path_));
  const ssize_t written = ::write(fd_.get(), line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size())) {
    size_ += line.size();
    return {};
  }
  const int number = written < 0 ? errno : ENOSPC;
  // Best effort: the write error is reported anyway.
  if (written > 0) {
    [[maybe_unused]] const int cut = ::ftruncate(fd_.get(), static_cast<off_t>(size_));
  }
  fd_.reset();
  return fail(system_error("write", number).within("cannot write " + path_));
}

Result<void> TraceFile::make_room(std::size_t bytes) {
  // The file may have been removed or renamed; then a new one is opened.
  struct stat about {};
  if (fd_.valid() && ::fstat(fd_.get(), &about) == 0 && about.st_nlink == 0) fd_.reset();
  if (!fd_.valid())
    if (auto opened = open(); !opened) return opened;
  if (size_ == 0 || size_ + bytes <= rotate_at_) return {};
  if (std::rename(path_.c_str(), (path_ + ".1").c_str()) != 0 && errno != ENOENT) {
    const int number = errno;
    fd_.reset();
    return fail(system_error("rename", number));
  }
  return open();
}

Result<void> TraceFile::open() {
  // O_NONBLOCK: opening a pipe without a reader fails instead of blocking.
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  // Refuses a link, and a file of another user.
  fd_ = Fd(::open(path_.c_str(), kFlags | O_NOFOLLOW, kMode));
  if (!fd_.valid()) return fail(system_error("open", errno));
  struct stat about {};
  if (::fstat(fd_.get(), &about) != 0) return fail(system_error("fstat", errno));
  if (S_ISREG(about.st_mode))
    if (auto own = check_own_file(fd_.get()); !own) {
      fd_.reset();
      return own;
    }
  size_ = S_ISREG(about.st_mode) ? static_cast<std::size_t>(about.st_size) : 0;
  return {};
}

}  // namespace slewd::app
