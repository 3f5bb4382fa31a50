// SPDX-License-Identifier: Apache-2.0
// Any bytes as a line of the record of decisions: refused, or read; and what was read comes back
// the same when it is written again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/records/decision_line.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto decision = slewd::records::parse_decision_line(line);
  if (!decision) return 0;
  const std::string written = slewd::records::to_line(*decision, {});
  const auto again = slewd::records::parse_decision_line(written);
  SLEWD_CHECK(again.has_value());
  SLEWD_CHECK(slewd::records::to_line(*again, {}) == written);
  return 0;
}
