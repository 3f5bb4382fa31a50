// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/logs/log_file_follower.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::remedy {

using namespace std::chrono_literals;

namespace {

constexpr int kNoticeReads = 64;  // the rest is read at the next turn
constexpr Nanos kLookWithoutNotice = 5s;

}  // namespace

LogFileFollower::LogFileFollower(os::Reactor& reactor, Reader reader)
    : reactor_(reactor), reader_(std::move(reader)), timer_(reactor) {}

LogFileFollower::~LogFileFollower() {
  if (notices_.valid()) reactor_.unwatch(notices_.get());
}

void LogFileFollower::follow(const std::vector<std::string>& paths) {
  std::vector<std::unique_ptr<LogFile>> wanted;
  for (const std::string& path : paths) {
    const auto kept = std::ranges::find_if(
        files_, [&](const auto& file) { return file && file->path() == path; });
    if (kept != files_.end()) {
      wanted.push_back(std::move(*kept));
      continue;
    }
    wanted.push_back(std::make_unique<LogFile>(
        path, [this, path](std::string_view line, bool cut) { reader_(path, line, cut); }));
    wanted.back()->look();
  }
  std::swap(files_, wanted);
  for (const auto& gone : wanted)
    if (gone) former_skips_ += gone->skips();
  // A new instance forgets the watches of files that no trigger follows any more.
  if (notices_.valid()) reactor_.unwatch(notices_.get());
  notices_.reset();
  timer_.stop();
  if (files_.empty()) return;
  notices_ = Fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  timer_.start(reactor_.now(), [this] { wake(); });
}

// Adding a watch again is harmless, and gives the file that has the name now one as well. Where it
// is not possible, looking anyway must do.
void LogFileFollower::watch_names() {
  for (const auto& file : files_) {
    ::inotify_add_watch(notices_.get(), folder_of(file->path()).c_str(),
                        IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
    ::inotify_add_watch(notices_.get(), file->path().c_str(), IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF);
  }
}

// What the notices say does not matter: every file is looked at.
void LogFileFollower::wake() {
  constexpr Nanos kRest = std::chrono::milliseconds(limits::kLogRestMilliseconds);
  std::array<char, 4096> sink{};
  for (int i = 0; i < kNoticeReads; ++i)
    if (::read(notices_.get(), sink.data(), sink.size()) <= 0) break;
  // Before the reading: what happens after it gives a notice.
  watch_names();
  if (read_turn()) {
    // Its notices would keep the loop awake while we rest.
    if (notices_.valid()) reactor_.unwatch(notices_.get());
    timer_.start(reactor_.now() + kRest, [this] { wake(); });
  } else {
    wait();
  }
}

// True when more waits.
bool LogFileFollower::read_turn() {
  constexpr Nanos kTurn = std::chrono::milliseconds(limits::kLogTurnMilliseconds);
  const MonoTime began = reactor_.now();
  int reads = 0;
  for (std::size_t done = 0; done < files_.size(); ++done) {
    LogFile& file = *files_[next_file_ % files_.size()];
    ++next_file_;
    while (file.look())
      if (++reads >= limits::kLogReadsPerTurn || reactor_.now() - began >= kTurn) return true;
  }
  return false;
}

void LogFileFollower::wait() {
  if (notices_.valid()) reactor_.watch(notices_.get(), POLLIN, [this](short) { wake(); });
  timer_.start(reactor_.now() + kLookWithoutNotice, [this] { wake(); });
}

std::string LogFileFollower::problem(const std::string& path) const {
  const auto found =
      std::ranges::find_if(files_, [&](const auto& file) { return file->path() == path; });
  return found == files_.end() ? "not followed" : (*found)->problem();
}

std::uint64_t LogFileFollower::skips() const {
  std::uint64_t skips = former_skips_;
  for (const auto& file : files_) skips += file->skips();
  return skips;
}

}  // namespace slewd::remedy
