// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/instance_lock.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/own_file.hpp"

namespace slewd::os {

Result<Fd> lock_instance(const std::string& folder) {
  constexpr mode_t kMode = 0600;
  constexpr mode_t kFolderMode = 0750;
  // At the very first start there is no folder, and two may start at once. Errors appear when the
  // lock is opened.
  (void)::mkdir(folder.c_str(), kFolderMode);
  const std::string path = folder + "/lock";
  auto fd = open_own_file(path, O_RDWR | O_CREAT, kMode);
  if (!fd) return fail(std::move(fd.error()).within(path));
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno == EWOULDBLOCK)
    return fail(ErrorCode::limit, path + ": another slewd is using this state directory");
  return fail(system_error("flock", errno).within(path));
}

}  // namespace slewd::os
