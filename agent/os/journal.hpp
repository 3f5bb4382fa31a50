// SPDX-License-Identifier: Apache-2.0
// Structured entries for systemd's journal, in its native protocol: one datagram of fields
// (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace slewd::os {

struct JournalField {
  std::string_view name;  // A-Z, 0-9 and '_', beginning with a letter, at most 64 bytes
  std::string value;      // any bytes
};

// The datagram's bytes. Error: `invalid` for a name that the journal would drop.
[[nodiscard]] Result<std::string> journal_entry(std::span<const JournalField> fields);

// Any one thread; calls never block.
class Journal {
 public:
  static constexpr const char* kSocket = "/run/systemd/journal/socket";

  explicit Journal(std::string socket = kSocket) : socket_(std::move(socket)) {}

  // A machine without a journal is no error. Errors: `limit` beyond limits::kJournalBytes,
  // `unavailable` when the journal's queue is full.
  Result<void> write(std::span<const JournalField> fields) const;

 private:
  std::string socket_;
};

}  // namespace slewd::os
