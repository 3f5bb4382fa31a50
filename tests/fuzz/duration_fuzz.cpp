// SPDX-License-Identifier: Apache-2.0
// Any text as a duration or a frequency: refused with a message, or taken and printed so that it
// reads back to the same value.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "base/duration.hpp"
#include "base/frequency.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto duration = slewd::parse_duration(text)) {
    const auto again = slewd::parse_duration(slewd::format(*duration));
    SLEWD_CHECK(again && *again == *duration);
    SLEWD_CHECK(!slewd::format_rounded(*duration).empty());
  } else {
    SLEWD_CHECK(!duration.error().message().empty());
  }
  if (const auto ppm = slewd::parse_ppm(text)) {
    const auto again = slewd::parse_ppm(slewd::format(*ppm));
    SLEWD_CHECK(again && slewd::magnitude(*again - *ppm).value <= 0.001);  // three decimals
  } else {
    SLEWD_CHECK(!ppm.error().message().empty());
  }
  return 0;
}
