// SPDX-License-Identifier: Apache-2.0
// The durable list of what is owed, shared by slewd and by whoever pays in its place (`slewd
// resume-services`). Each call locks the file, reads it anew and, where it changes it, replaces it
// as a whole: a crash at any moment leaves the old list or the new one. Any thread, any process.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/remedy/step/owed_action.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::remedy {

// What a text of the book says. Lines that say nothing are kept as they are, for people.
struct OwedList {
  std::vector<OwedAction> actions;
  std::vector<std::string> damaged;
};
[[nodiscard]] OwedList parse_owed_list(std::string_view text);
[[nodiscard]] std::string to_text(const OwedList& list);

class OwedBook {
 public:
  // The file is made by the first add(). `path`.lock and `path`.keeper lie beside it. Without a
  // path nothing can be owed: for the demo.
  explicit OwedBook(std::string path) : path_(std::move(path)) {}

  // Durable when it returns without an error; the answer is the entry with its id. Errors: `limit`
  // beyond limits::kPendingUndos, `unavailable` while another process is at the book for longer
  // than a moment, else why the file cannot be read or written. Then nothing may be stopped.
  Result<OwedAction> add(OwedAction owed);
  // It has been paid. No error when it is not in the book: somebody else was quicker. The whole
  // entry counts, not its id, which a later one may have been given.
  Result<void> settle(const OwedAction& paid);
  [[nodiscard]] Result<OwedList> read() const;
  // Calls `end` while nobody can add anything, if nothing is owed; answers whether it did.
  Result<bool> if_empty(const std::function<void()>& end) const;

  // Says that the slewd that owes is alive, until this book or the process ends.
  Result<void> keep();
  // Somebody has said so, and lives. True when that cannot be told.
  [[nodiscard]] bool kept() const;

 private:
  Result<void> change(const std::function<Result<void>(OwedList&)>& how) const;

  std::string path_;
  Fd keeper_;
};

}  // namespace slewd::remedy
