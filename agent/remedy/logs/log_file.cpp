// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/logs/log_file.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.hpp"

namespace slewd::remedy {

LogFile::LogFile(std::string path, LogLines::Reader reader)
    : path_(std::move(path)), reader_(std::move(reader)) {}

bool LogFile::look() {
  if (!fd_.valid()) {
    if (auto opened = open(); !opened) {
      problem_ = opened.error().describe();
      return false;
    }
    problem_.clear();
  }
  const auto got = read();
  if (!got) {
    problem_ = got.error().describe();
    fd_.reset();
    return false;
  }
  return *got > 0 || follow_name();
}

Result<void> LogFile::open() {
  // O_NONBLOCK: the open of a named pipe would wait for its writer.
  Fd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) {
    const int problem = errno;
    // A file that we may not read is an old one; one that does not exist will be new.
    if (problem == ENOENT) from_beginning_ = true;
    return fail(system_error("open", problem));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail(system_error("fstat", errno));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::invalid, "not a regular file");
  fd_ = std::move(fd);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  leaving_ = false;
  // A failure later on is not the beginning of a new file.
  start_at(std::exchange(from_beginning_, false) ? 0 : static_cast<std::uint64_t>(status.st_size));
  return {};
}

// Within a line, its rest would be taken for a line of its own.
void LogFile::start_at(std::uint64_t offset) {
  offset_ = offset;
  char before = '\n';
  if (offset > 0 && ::pread(fd_.get(), &before, 1, static_cast<off_t>(offset - 1)) != 1)
    before = '\n';
  lines_.restart(before != '\n');
}

Result<std::size_t> LogFile::read() {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) return fail(system_error("fstat", errno));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  // Truncated. If it has already grown beyond the old place, that is unknown, and reading goes on
  // there.
  if (size < offset_) start_at(0);
  if (size - offset_ > limits::kLogBacklogBytes) {
    ++skips_;
    start_at(size - limits::kLogReadBytes);
  }
  std::array<char, limits::kLogReadBytes> buffer{};
  ssize_t got = -1;
  do {
    got = ::pread(fd_.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset_));
  } while (got < 0 && errno == EINTR);
  if (got < 0) return fail(system_error("read", errno));
  const auto bytes = static_cast<std::size_t>(got);
  offset_ += bytes;
  lines_.feed({buffer.data(), bytes}, reader_);
  return bytes;
}

// At the end of the file that is open: is there another one with its name? The writer goes on with
// the old one until it is notified, so the new file counts once it has been written to.
bool LogFile::follow_name() {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) {
    // Renamed, and the new file has not been made yet: the old one is still written to.
    problem_ = errno == ENOENT ? "" : system_error("stat", errno).describe();
    return false;
  }
  problem_.clear();
  const bool same = status.st_dev == device_ && status.st_ino == inode_;
  if (same || status.st_size == 0) return false;
  if (!std::exchange(leaving_, true)) return true;
  lines_.finish(reader_);
  fd_.reset();
  from_beginning_ = true;
  return true;
}

}  // namespace slewd::remedy
