// SPDX-License-Identifier: Apache-2.0
// Names used by the exporter for values whose own to_string is meant for text.
#pragma once

#include <array>
#include <string_view>

#include "agent/core/config.hpp"
#include "agent/core/discipline/phase.hpp"
#include "agent/core/ports.hpp"
#include "agent/core/snapshot.hpp"

namespace slewd::exporter {

inline constexpr std::array kLeaps{core::Leap::none, core::Leap::insert, core::Leap::erase,
                                   core::Leap::unknown};
inline constexpr std::array kModes{core::Mode::observe, core::Mode::automatic,
                                   core::Mode::takeover};

// "none", "insert", "delete", "unknown".
[[nodiscard]] std::string_view word(core::Leap leap);
// The clock's leap second state: one of kLeapWords.
[[nodiscard]] std::string_view leap_word(const core::ClockView& clock);
inline constexpr std::array<std::string_view, 5> kLeapWords{"none", "insert", "delete", "unknown",
                                                            "implausible"};
// "unset", "hold", "sync", ...: the phase's name in lower case.
[[nodiscard]] std::string_view word(core::Phase phase);

}  // namespace slewd::exporter
