#include "agent/remedy/line_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::remedy {
namespace {

struct Scan {
  std::uint64_t whole = 0;  // bytes up to the last line end
  std::string rest;         // what follows it
};

// Collects the bytes of one line, the beginning only when it is too long.
void collect(std::string& line, std::string_view bytes) {
  constexpr std::size_t kKept = limits::kLedgerLineBytes + 1;
  if (line.size() < kKept) line += bytes.substr(0, kKept - line.size());
}

Result<Scan> scan(int fd, const LineFile::Reader& each) {
  Scan result;
  std::uint64_t at = 0;
  std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(system_error("read", errno));
    if (got == 0) return result;
    std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
      collect(result.rest, bytes.substr(0, end));
      if (!result.rest.empty()) each(result.rest);
      result.rest.clear();
      bytes.remove_prefix(end + 1);
      at += end + 1;
      result.whole = at;
    }
    collect(result.rest, bytes);
    at += bytes.size();
  }
}

Result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail(system_error("write", errno));
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> sync_folder_of(const std::string& path) {
  const std::string folder = folder_of(path);
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return fail(system_error("open " + folder, errno));
  if (::fsync(fd.get()) != 0) return fail(system_error("fsync " + folder, errno));
  return {};
}

Result<Fd> open_locked(const std::string& path) {
  // O_NONBLOCK: the open of a named pipe would wait for its reader.
  Fd fd(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640));
  if (!fd.valid()) return fail(system_error("open", errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail(system_error("fstat", errno));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::invalid, "not a regular file");
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(ErrorCode::unavailable, "in use by another process: does a second slewd run?");
    return fail(system_error("flock", errno));
  }
  if (auto synced = sync_folder_of(path); !synced) return fail(std::move(synced.error()));
  return fd;
}

}  // namespace

Result<LineFile> LineFile::open(const std::string& path, const Reader& each) {
  auto fd = open_locked(path);
  if (!fd) return fail(std::move(fd.error()).within(path));
  LineFile file(path, std::move(*fd));
  if (auto recovered = file.recover(each); !recovered)
    return fail(std::move(recovered.error()).within(path));
  return file;
}

Result<void> LineFile::recover(const Reader& each) {
  auto found = scan(fd_.get(), each);
  if (!found) return fail(std::move(found.error()));
  size_ = found->whole;
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
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid() && errno == ENOENT) return {};
  if (!fd.valid()) return fail(system_error("open", errno).within(path));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail(system_error("fstat", errno).within(path));
  if (!S_ISREG(status.st_mode))
    return fail(Error(ErrorCode::invalid, "not a regular file").within(path));
  const auto found = scan(fd.get(), each);
  if (!found) return fail(Error(found.error()).within(path));
  if (!found->rest.empty()) each(found->rest);
  return {};
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

}  // namespace slewd::remedy
