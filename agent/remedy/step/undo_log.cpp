// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/step/undo_log.hpp"

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
// The lock is held for the time of one small file. The agent thread waits no longer than this.
constexpr int kLockTries = 40;
constexpr int kLockNapMilliseconds = 5;

// Root may create the file: the slewd that owns the folder must be able to open it as well.
void give_to_owner_of_folder(int fd, const std::string& path) {
  struct stat folder {};
  struct stat file {};
  // A file with a second name was not created here.
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

// Its commands run with our rights: only we, or root, may have written it.
Result<void> check_mode(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail(system_error("fstat", errno));
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(ErrorCode::permission, "the file is writable for other users");
  return {};
}

Result<UndoList> read_list(const std::string& path) {
  const auto fd = open_own_file(path, O_RDONLY);
  if (!fd && fd.error().code() == ErrorCode::not_found) return UndoList{};
  if (!fd) return fail(Error(fd.error()).within(path));
  if (auto safe = check_mode(fd->get()); !safe) return fail(std::move(safe.error()).within(path));
  auto text = read_bounded(fd->get(), limits::kUndoLogBytes);
  if (!text) return fail(std::move(text.error()).within(path));
  return parse_undo_list(*text);
}

}  // namespace

UndoList parse_undo_list(std::string_view text) {
  UndoList list;
  for (const std::string_view line : split(text, '\n')) {
    if (line.empty()) continue;
    auto undo = parse_undo_line(line);
    if (undo && list.actions.size() < limits::kPendingUndos)
      list.actions.push_back(std::move(*undo));
    else
      list.damaged.emplace_back(line);
  }
  return list;
}

std::string to_text(const UndoList& list) {
  std::string text;
  for (const PendingUndo& undo : list.actions) text += to_line(undo) + '\n';
  for (const std::string& line : list.damaged) text += line + '\n';
  return text;
}

Result<void> UndoLog::change(const std::function<Result<void>(UndoList&)>& how) const {
  if (path_.empty())
    return fail(ErrorCode::unsupported, "no state directory: services cannot be stopped safely");
  const auto held = lock(path_ + ".lock", LOCK_EX, kLockTries);
  if (!held) return fail(held.error());
  auto list = read_list(path_);
  if (!list) return fail(std::move(list.error()));
  if (auto changed = how(*list); !changed) return changed;
  const std::string text = to_text(*list);
  if (text.size() > limits::kUndoLogBytes)
    return fail(ErrorCode::limit,
                path_ + ": larger than " + std::to_string(limits::kUndoLogBytes) + " bytes");
  return write_atomically(path_, text, kMode);
}

Result<PendingUndo> UndoLog::add(PendingUndo undo) {
  auto added = change([&](UndoList& list) -> Result<void> {
    if (list.actions.size() >= limits::kPendingUndos)
      return fail(ErrorCode::limit,
                  "more than " + std::to_string(limits::kPendingUndos) + " undos are pending");
    undo.id = 1;
    for (const PendingUndo& each : list.actions) undo.id = std::max(undo.id, each.id + 1);
    // A line that cannot be read back would never be executed.
    if (auto readable = parse_undo_line(to_line(undo)); !readable)
      return fail(std::move(readable.error()));
    list.actions.push_back(undo);
    return {};
  });
  if (!added) return fail(std::move(added.error()));
  return undo;
}

Result<void> UndoLog::remove(const PendingUndo& undo) {
  return change([&](UndoList& list) -> Result<void> {
    std::erase(list.actions, undo);
    return {};
  });
}

Result<UndoList> UndoLog::read() const {
  if (path_.empty()) return UndoList{};
  // No lock: the file is replaced as a whole.
  return read_list(path_);
}

Result<bool> UndoLog::if_empty(const std::function<void()>& end) const {
  const auto held = lock(path_ + ".lock", LOCK_EX, kLockTries);
  if (!held) return fail(held.error());
  const auto list = read_list(path_);
  if (!list) return fail(list.error());
  if (!list->actions.empty()) return false;
  end();
  return true;
}

Result<void> UndoLog::hold_keeper_lock() {
  if (path_.empty()) return {};
  // Shared: keeper_alive() holds the lock for a moment, which must not keep a slewd from its start.
  auto held = lock(path_ + ".keeper", LOCK_SH, kLockTries);
  if (!held) return fail(std::move(held.error()));
  keeper_ = std::move(*held);
  return {};
}

bool UndoLog::keeper_alive() const {
  const auto held = lock(path_ + ".keeper", LOCK_EX, 1);
  return !held;
}

}  // namespace slewd::remedy
