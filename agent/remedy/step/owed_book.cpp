// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/step/owed_book.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.hpp"
#include "base/limits.hpp"
#include "base/own_file.hpp"
#include "base/read_bounded.hpp"
#include "base/text.hpp"

namespace slewd::remedy {
namespace {

constexpr mode_t kMode = 0600;  // its commands are carried out
// Others hold the lock for one small file's time. The agent thread waits no longer than this.
constexpr int kLockTries = 40;
constexpr int kLockNapMilliseconds = 5;

// Root may be the first to look: the slewd whose folder this is must be able to open it as well.
void give_to_owner_of_folder(int fd, const std::string& path) {
  struct stat folder {};
  struct stat file {};
  // A file with a second name is not what the open has made.
  if (::geteuid() == 0 && ::fstat(fd, &file) == 0 && file.st_nlink == 1 &&
      ::stat(folder_of(path).c_str(), &folder) == 0)
    (void)!::fchown(fd, folder.st_uid, folder.st_gid);
}

Result<Fd> lock(const std::string& path, int operation, int tries) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, kMode));
  if (!fd.valid()) return fail(system_error("open", errno).within(path));
  give_to_owner_of_folder(fd.get(), path);
  while (::flock(fd.get(), operation | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return fail(system_error("flock", errno).within(path));
    if (--tries <= 0) return fail(ErrorCode::unavailable, path + ": in use by another process");
    ::poll(nullptr, 0, kLockNapMilliseconds);
  }
  return fd;
}

// What it says is carried out with our rights: only we, or root, may have written it.
Result<void> check_mode(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail(system_error("fstat", errno));
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(ErrorCode::permission, "others could have written this file");
  return {};
}

Result<OwedList> read_list(const std::string& path) {
  const auto fd = open_own_file(path, O_RDONLY);
  if (!fd && fd.error().code() == ErrorCode::not_found) return OwedList{};
  if (!fd) return fail(Error(fd.error()).within(path));
  if (auto safe = check_mode(fd->get()); !safe) return fail(std::move(safe.error()).within(path));
  auto text = read_bounded(fd->get(), limits::kUndoLogBytes);
  if (!text) return fail(std::move(text.error()).within(path));
  return parse_owed_list(*text);
}

}  // namespace

OwedList parse_owed_list(std::string_view text) {
  OwedList list;
  for (const std::string_view line : split(text, '\n')) {
    if (line.empty()) continue;
    auto owed = parse_owed_line(line);
    if (owed && list.actions.size() < limits::kPendingUndos)
      list.actions.push_back(std::move(*owed));
    else
      list.damaged.emplace_back(line);
  }
  return list;
}

std::string to_text(const OwedList& list) {
  std::string text;
  for (const OwedAction& owed : list.actions) text += to_line(owed) + '\n';
  for (const std::string& line : list.damaged) text += line + '\n';
  return text;
}

Result<void> OwedBook::change(const std::function<Result<void>(OwedList&)>& how) const {
  if (path_.empty())
    return fail(ErrorCode::unsupported,
                "this slewd keeps nothing on a disk, so it can owe nothing");
  const auto held = lock(path_ + ".lock", LOCK_EX, kLockTries);
  if (!held) return fail(held.error());
  auto list = read_list(path_);
  if (!list) return fail(std::move(list.error()));
  if (auto changed = how(*list); !changed) return changed;
  const std::string text = to_text(*list);
  if (text.size() > limits::kUndoLogBytes)
    return fail(ErrorCode::limit, path_ + ": would be larger than it may be");
  return write_atomically(path_, text, kMode);
}

Result<OwedAction> OwedBook::add(OwedAction owed) {
  auto added = change([&](OwedList& list) -> Result<void> {
    if (list.actions.size() >= limits::kPendingUndos)
      return fail(ErrorCode::limit, "more than " + std::to_string(limits::kPendingUndos) +
                                        " actions are owed already");
    owed.id = 1;
    for (const OwedAction& each : list.actions) owed.id = std::max(owed.id, each.id + 1);
    // What could not be read back would never be paid.
    if (auto readable = parse_owed_line(to_line(owed)); !readable)
      return fail(std::move(readable.error()));
    list.actions.push_back(owed);
    return {};
  });
  if (!added) return fail(std::move(added.error()));
  return owed;
}

Result<void> OwedBook::settle(const OwedAction& paid) {
  return change([&](OwedList& list) -> Result<void> {
    std::erase(list.actions, paid);
    return {};
  });
}

Result<OwedList> OwedBook::read() const {
  if (path_.empty()) return OwedList{};
  // No lock: the file is replaced as a whole.
  return read_list(path_);
}

Result<bool> OwedBook::if_empty(const std::function<void()>& end) const {
  const auto held = lock(path_ + ".lock", LOCK_EX, kLockTries);
  if (!held) return fail(held.error());
  const auto list = read_list(path_);
  if (!list) return fail(list.error());
  if (!list->actions.empty()) return false;
  end();
  return true;
}

Result<void> OwedBook::keep() {
  if (path_.empty()) return {};
  // Shared: whoever asks kept() holds it for a moment, and must not keep a slewd from its start.
  auto held = lock(path_ + ".keeper", LOCK_SH, kLockTries);
  if (!held) return fail(std::move(held.error()));
  keeper_ = std::move(*held);
  return {};
}

bool OwedBook::kept() const {
  const auto held = lock(path_ + ".keeper", LOCK_EX, 1);
  return !held;
}

}  // namespace slewd::remedy
