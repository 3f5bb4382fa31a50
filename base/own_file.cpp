// SPDX-License-Identifier: Apache-2.0
#include "base/own_file.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/read_bounded.hpp"

namespace slewd {
namespace {

bool is_trusted(uid_t owner) { return owner == ::geteuid() || owner == 0; }

}  // namespace

Result<void> check_own_file(int fd) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) return fail(system_error("fstat", errno));
  if (!S_ISREG(about.st_mode)) return fail(ErrorCode::invalid, "not a regular file");
  if (!is_trusted(about.st_uid))
    return fail(ErrorCode::permission, "belongs to " + user_name(about.st_uid) + "; remove it");
  if (about.st_nlink > 1)
    return fail(ErrorCode::permission, "has a second name (a hard link); remove it");
  return {};
}

Result<Fd> open_own_file(const std::string& path, int flags, mode_t mode) {
  int opened = -1;
  do {
    opened = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode);
  } while (opened < 0 && errno == EINTR);
  Fd fd(opened);
  if (!fd.valid() && errno == ELOOP)
    return fail(ErrorCode::permission, "a symbolic link, which is not followed here; remove it");
  if (!fd.valid()) return fail(system_error("open", errno));
  if (auto own = check_own_file(fd.get()); !own) return fail(std::move(own.error()));
  return fd;
}

Result<std::string> read_own_file(const std::string& path, std::size_t max_bytes) {
  const auto refuse = [&](Error error) {
    return fail(std::move(error).within("cannot read " + path));
  };
  auto file = open_own_file(path, O_RDONLY);
  if (!file) return refuse(std::move(file.error()));
  auto text = read_bounded(file->get(), max_bytes);
  if (!text) return refuse(std::move(text.error()));
  return text;
}

Result<void> check_own_folder(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0)
    return fail(ErrorCode::unavailable, path + ": " + system_error("stat", errno).describe());
  if (!S_ISDIR(about.st_mode)) return fail(ErrorCode::unavailable, path + ": not a directory");
  // In a sticky folder such as /tmp only its owner can replace a file.
  if (is_trusted(about.st_uid) && (about.st_mode & S_IWOTH) != 0 && (about.st_mode & S_ISVTX) == 0)
    return fail(ErrorCode::permission,
                path +
                    ": every user can write to it, and replace slewd's files: `chmod "
                    "o-w " +
                    path + "`");
  if (is_trusted(about.st_uid)) return {};
  const std::string us = user_name(::geteuid());
  return fail(ErrorCode::permission, path + ": belongs to " + user_name(about.st_uid) +
                                         ", who could redirect slewd's files; "
                                         "slewd runs as " +
                                         us + ": chown it, or run slewd as its owner");
}

std::string user_name(uid_t user) {
  const std::string number = "uid " + std::to_string(user);
  std::array<char, 4096> text{};
  struct passwd entry {};
  struct passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, text.data(), text.size(), &found) != 0 || found == nullptr)
    return number;
  return std::string(found->pw_name) + " (" + number + ")";
}

}  // namespace slewd
