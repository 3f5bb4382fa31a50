// SPDX-License-Identifier: Apache-2.0
#include "lab/demo/shared_wall.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.hpp"

namespace slewd::lab {

Result<std::unique_ptr<SharedWall>> SharedWall::map(const std::string& path, int flags) {
  const Fd fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  if (!fd.valid()) return fail(system_error("open", errno).within(path));
  if ((flags & O_CREAT) != 0 && ::ftruncate(fd.get(), sizeof(Page)) != 0)
    return fail(system_error("ftruncate", errno).within(path));
  if (::lseek(fd.get(), 0, SEEK_END) < static_cast<off_t>(sizeof(Page)))
    return fail(ErrorCode::invalid, path + ": too short for the demo's clock page");
  void* memory = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return fail(system_error("mmap", errno).within(path));
  return std::unique_ptr<SharedWall>(new SharedWall(static_cast<Page*>(memory)));
}

Result<std::unique_ptr<SharedWall>> SharedWall::create(const std::string& path) {
  return map(path, O_RDWR | O_CREAT | O_EXCL);
}

Result<std::unique_ptr<SharedWall>> SharedWall::open(const std::string& path) {
  return map(path, O_RDWR);
}

SharedWall::~SharedWall() { ::munmap(page_, sizeof(Page)); }

void SharedWall::publish(RawTime raw, WallTime wall) {
  page_->wall_less_raw.store((wall.since_epoch - raw.since_epoch).count());
  page_->published_raw.store(raw.since_epoch.count());
}

WallTime SharedWall::wall_at(RawTime raw) const {
  return WallTime{raw.since_epoch + Nanos{page_->wall_less_raw.load()}};
}

Nanos SharedWall::silent_for(RawTime now) const {
  return now.since_epoch - Nanos{page_->published_raw.load()};
}

}  // namespace slewd::lab
