// SPDX-License-Identifier: Apache-2.0
#include "agent/os/folder_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/text.hpp"

namespace slewd::os {
namespace {

constexpr std::uint32_t kChanges = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_TO |
                                   IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB |
                                   IN_ONLYDIR;
constexpr Nanos kQuiet = std::chrono::milliseconds(500);
constexpr Nanos kLongestSeries = std::chrono::seconds(5);
constexpr int kReadsAtOnce = 16;

}  // namespace

Result<std::unique_ptr<FolderWatch>> FolderWatch::start(Reactor& reactor,
                                                        std::vector<std::string> folders,
                                                        std::function<void()> changed) {
  Fd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd.valid()) return fail(system_error("inotify_init1", errno).within("cannot watch folders"));
  return std::unique_ptr<FolderWatch>(
      new FolderWatch(reactor, std::move(fd), std::move(folders), std::move(changed)));
}

FolderWatch::FolderWatch(Reactor& reactor, Fd fd, std::vector<std::string> folders,
                         std::function<void()> changed)
    : reactor_(reactor),
      fd_(std::move(fd)),
      folders_(std::move(folders)),
      changed_(std::move(changed)),
      report_(reactor) {
  watch_folders();
  reactor_.watch(fd_.get(), POLLIN, [this](short) { on_readable(); });
}

FolderWatch::~FolderWatch() { reactor_.unwatch(fd_.get()); }

// Of a folder that is not there its nearest parent: then it is seen to come. A watch that is there
// already stays the same.
void FolderWatch::watch_folders() {
  for (const std::string& folder : folders_)
    for (std::string path = folder; ::inotify_add_watch(fd_.get(), path.c_str(), kChanges) < 0;) {
      if (errno != ENOENT && errno != ENOTDIR) break;
      const std::string parent = folder_of(path);
      if (parent == path) break;
      path = parent;
    }
}

// What has changed is found by reading the folders anew.
void FolderWatch::on_readable() {
  alignas(inotify_event) std::array<char, 4096> buffer{};
  for (int i = 0; i < kReadsAtOnce; ++i)
    if (::read(fd_.get(), buffer.data(), buffer.size()) <= 0) break;
  watch_folders();
  const MonoTime now = reactor_.now();
  if (!first_) first_ = now;
  report_.start(std::min(now + kQuiet, *first_ + kLongestSeries), [this] {
    first_.reset();
    watch_folders();  // the folder may have come between
    changed_();
  });
}

}  // namespace slewd::os
