// SPDX-License-Identifier: Apache-2.0
// The undo log: a durable list of pending undos, shared by slewd and `slewd resume-services`. Each
// call locks the file, reads it anew and, to change it, replaces it as a whole: a crash at any
// moment leaves the old list or the new one. Any thread, any process.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/remedy/step/pending_undo.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::remedy {

// The content of an undo log. Damaged lines are kept as they are, for an operator.
struct UndoList {
  std::vector<PendingUndo> actions;
  std::vector<std::string> damaged;
};
[[nodiscard]] UndoList parse_undo_list(std::string_view text);
[[nodiscard]] std::string to_text(const UndoList& list);

class UndoLog {
 public:
  // The file is made by the first add(). `path`.lock and `path`.keeper lie beside it. Without a
  // path no undo can be added: for the demo.
  explicit UndoLog(std::string path) : path_(std::move(path)) {}

  // Durable when it returns without an error; the answer is the entry with its id. Errors: `limit`
  // beyond limits::kPendingUndos, `unavailable` while another process holds the lock for longer
  // than a moment, else why the file cannot be read or written. Then nothing may be stopped.
  Result<PendingUndo> add(PendingUndo undo);
  // The undo is done. No error when it is not in the log: another process was first. Entries are
  // compared as a whole: an id may be used again.
  Result<void> remove(const PendingUndo& undo);
  [[nodiscard]] Result<UndoList> read() const;
  // Calls `end` under the lock if the log is empty; answers whether it did.
  Result<bool> if_empty(const std::function<void()>& end) const;

  // Shows that the slewd of this log runs, until this object or the process ends.
  Result<void> hold_keeper_lock();
  // A process holds the keeper lock. True when that is unknown.
  [[nodiscard]] bool keeper_alive() const;

 private:
  Result<void> change(const std::function<Result<void>(UndoList&)>& how) const;

  std::string path_;
  Fd keeper_;
};

}  // namespace slewd::remedy
