// SPDX-License-Identifier: Apache-2.0
// Any text is a list of leap seconds or is refused with a reason; what is taken tells one offset
// for each moment, none after its expiry.
#include <cstdint>
#include <string_view>

#include "agent/core/leap/leap_list.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto list = slewd::core::parse_leap_list(text, "list");
  if (!list) {
    SLEWD_CHECK(list.error().message().starts_with("list:"));
    return 0;
  }
  SLEWD_CHECK(!list->entries.empty());
  SLEWD_CHECK(!list->tai_offset(list->expires));
  for (const auto& entry : list->entries) {
    const auto offset = list->tai_offset(entry.from);
    SLEWD_CHECK(entry.from < list->expires ? offset == entry.tai_offset : !offset);
  }
  return 0;
}
