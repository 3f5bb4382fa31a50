// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/file_lock_fleet.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/limits.hpp"

namespace slewd::remedy {
namespace {

Result<std::string> read_start(int fd) {
  std::array<char, limits::kLockMarkBytes> buffer{};
  const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), 0);
  if (got < 0) return fail(system_error("read", errno));
  return std::string(buffer.data(), static_cast<std::size_t>(got));
}

// Whether the path still leads to the open file: who removes a lock file lets others in.
bool is_still_there(int fd, const std::string& path) {
  struct stat ours {};
  struct stat named {};
  return ::fstat(fd, &ours) == 0 && ::stat(path.c_str(), &named) == 0 &&
         ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

}  // namespace

FileLockFleet::FileLockFleet(os::Reactor& reactor, std::string folder, std::string boot_id)
    : reactor_(reactor), folder_(std::move(folder)), boot_id_(std::move(boot_id)) {}

void FileLockFleet::configure(const std::vector<SlotPlan>& plans) {
  plans_.clear();
  for (const SlotPlan& plan : plans) plans_.emplace(plan.lock, plan);
  rebuild();
}

bool FileLockFleet::is_current(const std::string& name, const Lock& lock) const {
  const auto plan = plans_.find(name);
  return plan != plans_.end() && plan->second == lock.plan;
}

// What is in use or cools goes on under the plan that it was taken by.
void FileLockFleet::rebuild() {
  std::erase_if(locks_, [&](const auto& entry) {
    const Lock& lock = *entry.second;
    return !is_current(entry.first, lock) && !lock.in_use && !lock.cooling.running();
  });
  for (const auto& [name, plan] : plans_) {
    auto& lock = locks_[name];
    if (lock) continue;
    lock = std::make_unique<Lock>(reactor_);
    lock->plan = plan;
  }
}

void FileLockFleet::want(const std::set<std::string>& locks) {
  rebuild();
  for (auto& [name, lock] : locks_) {
    const bool wanted = locks.contains(name) && is_current(name, *lock);
    if (lock->in_use || lock->cooling.running()) continue;
    if (wanted && !lock->file.valid()) {
      take(*lock);
    } else if (!wanted) {
      let_go(*lock);
    }
  }
}

void FileLockFleet::take(Lock& lock) {
  lock.view = {SlotState::waiting, "", lock.view.transitions};
  for (int slot = 0; slot < lock.plan.slots; ++slot)
    if (take(lock, folder_ + "/" + lock.plan.prefix + "-" + std::to_string(slot))) return;
}

bool FileLockFleet::take(Lock& lock, const std::string& path) {
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0660));
  if (!file.valid()) return is_unknown(lock, system_error("open " + path, errno));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return is_unknown(lock, system_error("lock " + path, errno));
    lock.view.reason = path + " is locked by another process";
    return false;
  }
  const auto start = read_start(file.get());
  if (!start) return is_unknown(lock, Error(start.error()).within(path));
  const auto found = parse_lock_mark(*start);
  if (found && found->boot_id == boot_id_ && reactor_.boot() < found->cool_until) {
    lock.view.reason = path + " cools after an action";
    return false;
  }
  if (!is_still_there(file.get(), path)) return false;
  lock.mark = {boot_id_, BootTime{}, found ? found->transitions + 1 : 1};
  lock.file = std::move(file);
  lock.path = path;
  // Where no mark can be written, no action may begin: that is known now.
  if (!mark(lock, BootTime{})) {
    const Error error = system_error("write " + path, errno);
    lock.file.reset();
    return is_unknown(lock, error);
  }
  lock.view = {SlotState::held, "", lock.mark.transitions};
  return true;
}

// It is unknown whether the slot is free, or other nodes could not see that it is taken.
bool FileLockFleet::is_unknown(Lock& lock, const Error& error) {
  lock.view.state = SlotState::unreachable;
  lock.view.reason = error.describe();
  lock.view.unreachable = true;
  return false;
}

void FileLockFleet::let_go(Lock& lock) {
  lock.file.reset();
  lock.view = {SlotState::idle, "", lock.view.transitions};
}

bool FileLockFleet::mark(Lock& lock, BootTime cool_until) {
  lock.mark.cool_until = cool_until;
  const std::string text = to_text(lock.mark);
  return ::pwrite(lock.file.get(), text.data(), text.size(), 0) ==
             static_cast<ssize_t>(text.size()) &&
         ::ftruncate(lock.file.get(), static_cast<off_t>(text.size())) == 0;
}

std::map<std::string, SlotView> FileLockFleet::slots() const {
  std::map<std::string, SlotView> views;
  for (const auto& [name, lock] : locks_) views.emplace(name, lock->view);
  return views;
}

void FileLockFleet::confirm(const std::string& name, Confirmed done) {
  const auto found = locks_.find(name);
  if (found == locks_.end()) return done(false, "no lock is named '" + name + "'");
  Lock& lock = *found->second;
  if (!lock.file.valid() || lock.in_use || lock.cooling.running())
    return done(false, lock.view.reason.empty() ? "the slot is not free" : lock.view.reason);
  if (!is_still_there(lock.file.get(), lock.path)) {
    let_go(lock);
    return done(false, lock.path + " has been removed: others may hold the slot");
  }
  if (!mark(lock, reactor_.boot() + lock.plan.interval))
    return done(false, system_error("write " + lock.path, errno).describe());
  lock.in_use = true;
  done(true, "");
}

// The file is locked for as long as it is there.
void FileLockFleet::confirm_again(const std::string& name, Confirmed done) {
  const auto found = locks_.find(name);
  if (found == locks_.end()) return done(false, "no lock is named '" + name + "' any more");
  const Lock& lock = *found->second;
  if (!lock.in_use) return done(false, "the slot is not in use");
  if (!is_still_there(lock.file.get(), lock.path))
    return done(false, lock.path + " has been removed: others may hold the slot");
  done(true, "");
}

void FileLockFleet::finished(const std::string& name) {
  const auto found = locks_.find(name);
  if (found == locks_.end() || !found->second->in_use) return;
  Lock& lock = *found->second;
  lock.in_use = false;
  // Should the disk be full, the mark of the action's begin still holds.
  (void)mark(lock, reactor_.boot() + lock.plan.interval);
  lock.view.state = SlotState::cooling;
  lock.cooling.start(reactor_.now() + lock.plan.interval, [this, &lock] { let_go(lock); });
}

}  // namespace slewd::remedy
