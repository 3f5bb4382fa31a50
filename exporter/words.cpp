// SPDX-License-Identifier: Apache-2.0
#include "exporter/words.hpp"

#include <cstddef>

namespace slewd::exporter {

std::string_view word(core::Leap leap) {
  constexpr std::array<std::string_view, kLeaps.size()> kWords{"none", "insert", "delete",
                                                               "unknown"};
  return kWords[static_cast<std::size_t>(leap)];
}

std::string_view leap_word(const core::ClockView& clock) {
  return clock.leap_implausible ? kLeapWords.back() : word(clock.leap);
}

std::string_view word(core::Phase phase) {
  constexpr std::array<std::string_view, core::kPhases.size()> kWords{
      "unset", "hold", "sync", "spike", "disrupted", "holdover", "alarm", "observe"};
  return kWords[static_cast<std::size_t>(phase)];
}

}  // namespace slewd::exporter
