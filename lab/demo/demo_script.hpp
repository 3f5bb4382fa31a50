// SPDX-License-Identifier: Apache-2.0
// The names and numbers of the demo.
#pragma once

#include <chrono>
#include <string_view>

#include "base/frequency.hpp"
#include "base/timeline.hpp"

namespace slewd::lab {

inline constexpr std::string_view kDemoTarget = "imap";
inline constexpr std::string_view kDemoProbe = "imap.login";
inline constexpr std::string_view kDemoRule = "imap-dead-after-step";
inline constexpr Nanos kDemoStep = std::chrono::seconds(-11);
inline constexpr Nanos kDemoBehind = std::chrono::milliseconds(40);
inline constexpr Ppm kDemoSlow{23};
// 2.5 times the limit of Linux's tick, so that 11 s take 44 s instead of 110 s.
inline constexpr Ppm kDemoSlew{250'000};
inline constexpr int kDemoTickSpan = 2'600;  // of the simulated kernel: the slew and some headroom

}  // namespace slewd::lab
