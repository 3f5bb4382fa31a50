// SPDX-License-Identifier: Apache-2.0
// Any text as a line of the jump ledger: it is refused with a reason or taken, and what is taken
// can be counted, shown, and written within the limit and read back the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "agent/app/jump_journal.hpp"
#include "agent/records/jump_history.hpp"
#include "agent/records/jump_line.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slewd;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = records::parse_jump_line(text);
  records::JumpHistory history({"boot", BootTime{}});
  SLEWD_CHECK(history.learn(text) == parsed.has_value());
  if (!parsed) {
    SLEWD_CHECK(!parsed.error().describe().empty());
    return 0;
  }
  const std::string line = std::visit([](const auto& value) { return to_line(value); }, *parsed);
  SLEWD_CHECK(line.size() <= limits::kLedgerLineBytes);
  SLEWD_CHECK(line.find('\n') == std::string::npos);
  const auto again = records::parse_jump_line(line);
  SLEWD_CHECK(again.has_value() && again->index() == parsed->index());
  SLEWD_CHECK(std::visit([](const auto& value) { return to_line(value); }, *again) == line);
  if (const auto* record = std::get_if<records::JumpRecord>(&*again)) {
    SLEWD_CHECK(os::journal_entry(app::journal_fields(record->event)).has_value());
    SLEWD_CHECK(record->event == records::as_recorded(record->event));
  }
  return 0;
}
