// SPDX-License-Identifier: Apache-2.0
#include "agent/os/journal.hpp"

#include <algorithm>
#include <cstdint>

#include "agent/os/net/unix_datagram.hpp"
#include "base/limits.hpp"

namespace slewd::os {
namespace {

constexpr std::size_t kNameBytes = 64;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

// What begins with an underscore is the journal's own; it drops other names without a word.
bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytes && is_upper(name.front()) &&
         std::ranges::all_of(
             name, [](char c) { return is_upper(c) || (c >= '0' && c <= '9') || c == '_'; });
}

void append_length(std::string& entry, std::uint64_t length) {
  for (int shift = 0; shift < 64; shift += 8)
    entry += static_cast<char>(static_cast<unsigned char>(length >> shift));
}

}  // namespace

Result<std::string> journal_entry(std::span<const JournalField> fields) {
  std::string entry;
  for (const JournalField& field : fields) {
    if (!is_field_name(field.name))
      return fail(ErrorCode::invalid,
                  "'" + std::string(field.name) + "' cannot name a field of the journal");
    entry += field.name;
    // A value of several lines is told by its length, 64 bits little-endian.
    if (field.value.find('\n') == std::string::npos) {
      entry += '=';
    } else {
      entry += '\n';
      append_length(entry, field.value.size());
    }
    entry.append(field.value).append("\n");
  }
  return entry;
}

Result<void> Journal::write(std::span<const JournalField> fields) const {
  const Result<std::string> entry = journal_entry(fields);
  if (!entry) return fail(entry.error());
  if (entry->size() > limits::kJournalBytes)
    return fail(ErrorCode::limit, "a journal entry of " + std::to_string(entry->size()) + " bytes");
  Result<void> sent = send_datagram(socket_, *entry);
  if (!sent && sent.error().code() != ErrorCode::not_found)
    return fail(std::move(sent.error()).within("journal"));
  return {};
}

}  // namespace slewd::os
