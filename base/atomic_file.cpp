// SPDX-License-Identifier: Apache-2.0
#include "base/atomic_file.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/read_bounded.hpp"
#include "base/text.hpp"

namespace slewd {
namespace {

Fd open_file(const std::string& path, int flags, mode_t mode = 0) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return Fd(fd);
}

Result<void> write_synced(const std::string& path, std::string_view text, mode_t mode) {
  // O_EXCL after an unlink: a left-over or malicious link is never followed.
  ::unlink(path.c_str());
  const Fd file = open_file(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!file.valid()) return fail(system_error("open", errno));
  if (::fchmod(file.get(), mode) != 0) return fail(system_error("fchmod", errno));
  if (auto written = write_all(file.get(), text); !written) return written;
  if (::fsync(file.get()) != 0) return fail(system_error("fsync", errno));
  return {};
}

}  // namespace

Result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(system_error("write", errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> sync_folder_of(const std::string& path) {
  const Fd fd = open_file(folder_of(path), O_RDONLY | O_DIRECTORY);
  if (!fd.valid()) return fail(system_error("open folder", errno));
  if (::fsync(fd.get()) != 0 && errno != EINVAL) return fail(system_error("fsync folder", errno));
  return {};
}

Result<void> write_atomically(const std::string& path, std::string_view text, mode_t mode) {
  const std::string fresh = path + ".new";
  Result<void> done = write_synced(fresh, text, mode);
  if (done && std::rename(fresh.c_str(), path.c_str()) != 0)
    done = fail(system_error("rename", errno));
  if (!done) {
    ::unlink(fresh.c_str());
    return fail(std::move(done.error()).within("cannot write " + path));
  }
  if (done = sync_folder_of(path); !done)
    return fail(std::move(done.error()).within("cannot write " + path));
  return {};
}

Result<Fd> open_regular_file(const std::string& path) {
  // A pipe or a device would block the caller; with O_NONBLOCK the type can be checked first.
  Fd file = open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file.valid()) return fail(system_error("open", errno));
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return fail(system_error("fstat", errno));
  if (!S_ISREG(about.st_mode)) return fail(ErrorCode::invalid, "not a regular file");
  return file;
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  const auto refuse = [&](Error error) {
    return fail(std::move(error).within("cannot read " + path));
  };
  const auto file = open_regular_file(path);
  if (!file) return refuse(file.error());
  auto text = read_bounded(file->get(), max_bytes);
  if (!text) return refuse(std::move(text.error()));
  return text;
}

}  // namespace slewd
