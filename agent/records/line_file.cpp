// SPDX-License-Identifier: Apache-2.0
#include "agent/records/line_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.hpp"
#include "base/limits.hpp"
#include "base/own_file.hpp"

namespace slewd::records {
namespace {

struct Scan {
  std::uint64_t whole = 0;  // bytes up to the last line end
  bool found_end = true;    // false: the part that was read has no line end, and more lies before
  std::string rest;         // what follows it
};

// Collects the bytes of one line, the beginning only when it is too long.
void collect(std::string& line, std::string_view bytes) {
  constexpr std::size_t kKept = limits::kLedgerLineBytes + 1;
  if (line.size() < kKept) line += bytes.substr(0, kKept - line.size());
}

// The lines in the last `usual` bytes, and in one line's length before them.
Result<Scan> scan(int fd, std::uint64_t usual, const LineFile::Reader& each) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail(system_error("fstat", errno));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const std::uint64_t longest = usual + limits::kLedgerLineBytes;
  std::uint64_t at = size > longest ? size - longest : 0;
  bool within_line = at > 0;
  Scan result;
  result.found_end = !within_line;
  std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(system_error("read", errno));
    if (got == 0) return result;
    std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
      collect(result.rest, bytes.substr(0, end));
      if (!result.rest.empty() && !within_line) each(result.rest);
      within_line = false;
      result.found_end = true;
      result.rest.clear();
      bytes.remove_prefix(end + 1);
      at += end + 1;
      result.whole = at;
    }
    collect(result.rest, bytes);
    at += bytes.size();
  }
}

Result<Fd> open_locked(const std::string& path) {
  auto fd = open_own_file(path, O_RDWR | O_APPEND | O_CREAT, 0640);
  if (!fd) return fd;
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(ErrorCode::unavailable, "in use by another process: does a second slewd run?");
    return fail(system_error("flock", errno));
  }
  if (auto synced = sync_folder_of(path); !synced) return fail(std::move(synced.error()));
  return fd;
}

Result<void> read_all(const std::string& path, const Result<Fd>& fd, std::uint64_t usual,
                      const LineFile::Reader& each) {
  if (!fd && fd.error().code() == ErrorCode::not_found) return {};
  if (!fd) return fail(Error(fd.error()).within(path));
  const auto found = scan(fd->get(), usual, each);
  if (!found) return fail(Error(found.error()).within(path));
  if (!found->rest.empty() && found->found_end) each(found->rest);
  return {};
}

}  // namespace

Result<LineFile> LineFile::open(const std::string& path, const Reader& each,
                                const std::string& older, std::size_t usual) {
  auto fd = open_locked(path);
  if (!fd) return fail(std::move(fd.error()).within(path));
  if (!older.empty())
    if (auto done = read_all(older, open_own_file(older, O_RDONLY), usual, each); !done)
      return fail(std::move(done.error()));
  LineFile file(path, std::move(*fd));
  if (auto recovered = file.recover(each, usual); !recovered)
    return fail(std::move(recovered.error()).within(path));
  return file;
}

Result<void> LineFile::recover(const Reader& each, std::size_t usual) {
  auto found = scan(fd_.get(), usual, each);
  if (!found) return fail(std::move(found.error()));
  size_ = found->whole;
  if (!found->found_end) {
    const off_t end = ::lseek(fd_.get(), 0, SEEK_END);
    if (end < 0) return fail(system_error("lseek", errno));
    // What was not read is not cut off: the line that is too long for us gets an end.
    size_ = static_cast<std::uint64_t>(end);
    return append("");
  }
  if (found->rest.empty()) return {};
  if (each(found->rest)) {
    size_ += found->rest.size();
    return append("");
  }
  if (::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0)
    return fail(system_error("ftruncate", errno));
  return {};
}

Result<void> LineFile::read(const std::string& path, const Reader& each) {
  constexpr std::uint64_t kAll = std::uint64_t{1} << 62;
  return read_all(path, open_regular_file(path), kAll, each);
}

Result<void> LineFile::append(std::string_view line) {
  const std::string bytes = std::string(line) + '\n';
  Result<void> done = write_all(fd_.get(), bytes);
  if (done && ::fdatasync(fd_.get()) != 0) done = fail(system_error("fdatasync", errno));
  if (done) {
    size_ += bytes.size();
    return {};
  }
  // Half a line must not stay: the next one would be joined to it. When even that fails, the next
  // open cuts it off.
  if (::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0)
    return fail(std::move(done.error()).within(path_ + " (left with half a line)"));
  return fail(std::move(done.error()).within(path_));
}

Result<void> LineFile::rotate(const std::string& older) {
  if (std::rename(path_.c_str(), older.c_str()) != 0)
    return fail(system_error("rename to " + older, errno).within(path_));
  auto fd = open_locked(path_);
  if (!fd) return fail(std::move(fd.error()).within(path_));
  fd_ = std::move(*fd);
  size_ = 0;
  return {};
}

}  // namespace slewd::records
