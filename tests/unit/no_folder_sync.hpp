// SPDX-License-Identifier: Apache-2.0
// A file system that cannot sync a folder: fsync(2) says EINVAL there. Replaces the C library's
// function, so one file of a test program includes this.
#pragma once

#include <cerrno>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace slewd {

class NoFolderSync {
 public:
  NoFolderSync() { active() = true; }
  NoFolderSync(const NoFolderSync&) = delete;
  NoFolderSync& operator=(const NoFolderSync&) = delete;
  ~NoFolderSync() { active() = false; }

  static bool& active() {
    static bool refuses = false;
    return refuses;
  }
};

}  // namespace slewd

extern "C" int fsync(int fd) {
  struct stat about {};
  if (slewd::NoFolderSync::active() && ::fstat(fd, &about) == 0 && S_ISDIR(about.st_mode)) {
    errno = EINVAL;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fsync, fd));
}
