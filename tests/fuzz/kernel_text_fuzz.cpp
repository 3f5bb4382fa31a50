// SPDX-License-Identifier: Apache-2.0
// Any text as what /proc/stat and the battery clock's file hold: a number within bounds or none.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/os/machine/battery_clock.hpp"
#include "agent/os/machine/steal_time.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slewd;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  SLEWD_CHECK(!os::parse_steal(text) || text.starts_with("cpu "));
  const auto shown = os::parse_epoch_seconds(text);
  SLEWD_CHECK(!shown || *shown % std::chrono::seconds{1} == Nanos{0});
  return 0;
}
