// SPDX-License-Identifier: Apache-2.0
#include "agent/config/trusted_file.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/os/process/process_privileges.hpp"
#include "base/atomic_file.hpp"
#include "base/own_file.hpp"
#include "base/read_bounded.hpp"

namespace slewd::app {
namespace {

bool is_others(const struct stat& about) {
  return about.st_uid != 0 && about.st_uid != ::geteuid();
}

tl::unexpected<Error> distrust(const std::string& what, const std::string& cure) {
  return fail(ErrorCode::permission, what + ", so it could control the daemon; run: " + cure);
}

Result<void> check_file(int fd, const std::string& path) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) return fail(system_error("fstat", errno));
  if (is_others(about))
    return distrust("belongs to " + user_name(about.st_uid), "chown root " + path);
  if ((about.st_mode & S_IWOTH) != 0)
    return distrust("writable by every user", "chmod o-w " + path);
  return {};
}

Result<void> check_folder(const std::string& folder) {
  struct stat about {};
  if (::stat(folder.c_str(), &about) != 0) return fail(system_error("stat " + folder, errno));
  struct statvfs system {};
  if (::statvfs(folder.c_str(), &system) == 0 && (system.f_flag & ST_RDONLY) != 0) return {};
  if (is_others(about))
    return distrust("its folder " + folder + " belongs to " + user_name(about.st_uid),
                    "chown root " + folder);
  // In a sticky folder such as /tmp only the owner can replace a file.
  if ((about.st_mode & S_IWOTH) != 0 && (about.st_mode & S_ISVTX) == 0)
    return distrust("its folder " + folder + " is writable by every user", "chmod o-w " + folder);
  return {};
}

// Checks all parent folders, of the given path and of the path with links resolved.
Result<void> check_folders(const std::string& path) {
  std::error_code problem;
  for (std::filesystem::path file :
       {std::filesystem::absolute(path, problem), std::filesystem::canonical(path, problem)})
    for (; file.has_parent_path() && file != file.root_path(); file = file.parent_path())
      if (auto checked = check_folder(file.parent_path().string()); !checked) return checked;
  return {};
}

Result<void> check_open(int fd, const std::string& path) {
  if (auto checked = check_file(fd, path); !checked) return checked;
  return check_folders(path);
}

}  // namespace

bool has_powers() { return ::geteuid() == 0 || os::has_time_capability(); }

Result<void> check_trusted(const std::string& path) {
  const auto file = open_regular_file(path);
  if (!file) return fail(Error(file.error()).within("cannot read " + path));
  if (auto checked = check_open(file->get(), path); !checked)
    return fail(std::move(checked.error()).within(path));
  return {};
}

Result<std::string> read_trusted_file(const std::string& path, std::size_t max_bytes,
                                      std::vector<std::string>& warnings) {
  const auto file = open_regular_file(path);
  if (!file) return fail(Error(file.error()).within("cannot read " + path));
  if (auto checked = check_open(file->get(), path); !checked) {
    Error error = std::move(checked.error()).within(path);
    if (has_powers()) return fail(std::move(error));
    warnings.push_back(error.describe());
  }
  auto text = read_bounded(file->get(), max_bytes);
  if (!text) return fail(std::move(text.error()).within("cannot read " + path));
  return text;
}

}  // namespace slewd::app
