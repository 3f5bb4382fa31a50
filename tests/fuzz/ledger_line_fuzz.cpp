// SPDX-License-Identifier: Apache-2.0
// Any text as a line of the ledger: it is refused with a reason or taken, and what is taken can be
// written within the limit and read back the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/records/ledger_line.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slewd::records;
  const auto entry = parse_ledger_line({reinterpret_cast<const char*>(data), size});
  if (!entry) {
    SLEWD_CHECK(!entry.error().describe().empty());
    return 0;
  }
  const std::string line = to_line(*entry);
  SLEWD_CHECK(line.size() <= slewd::limits::kLedgerLineBytes);
  SLEWD_CHECK(line.find('\n') == std::string::npos);
  // Texts are cut and cleaned once; after that nothing changes any more.
  const auto again = parse_ledger_line(line);
  SLEWD_CHECK(again.has_value());
  SLEWD_CHECK(again->id == entry->id && again->kind == entry->kind);
  SLEWD_CHECK(to_line(*again) == line);
  return 0;
}
