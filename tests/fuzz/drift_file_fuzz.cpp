// SPDX-License-Identifier: Apache-2.0
// Any text as a drift file: refused with a message, or taken and printed so that it reads back to
// the same record.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/os/state_file.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto drift = slewd::os::parse_drift(text);
  if (!drift) {
    SLEWD_CHECK(!drift.error().message().empty());
    return 0;
  }
  const auto again = slewd::os::parse_drift(slewd::os::print_drift(*drift));
  SLEWD_CHECK(again && again->machine == drift->machine);
  SLEWD_CHECK(again->record.frequency == drift->record.frequency);
  SLEWD_CHECK(again->record.uncertainty == drift->record.uncertainty);
  return 0;
}
