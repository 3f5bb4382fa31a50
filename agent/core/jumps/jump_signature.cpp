// SPDX-License-Identifier: Apache-2.0
#include "agent/core/jumps/jump_signature.hpp"

#include <algorithm>
#include <cstddef>

namespace slewd::core {
namespace {

// A machine that was elsewhere may have lost any time. Up to some minutes the filters take from the
// next sample as it is; more is dissent, for the sources to confirm. A larger doubt would only cost
// their variances digits.
constexpr double kElsewhere = 60;
// Another host's oscillator: live migrations were seen to change the frequency by 20 ppm.
constexpr double kAnotherHost = 20e-6;
// Another counter of the same machine, calibrated at boot.
constexpr double kAnotherCounter = 200e-6;
// A battery clock that counts seconds.
constexpr double kResumed = 1;

// What is more certain, or says more, comes first.
constexpr auto kSignatures = [] {
  using enum Sign;
  return std::array{
      JumpSignature{JumpCause::own_step, {own}, 0, 0},
      JumpSignature{JumpCause::snapshot, {generation}, kElsewhere, kAnotherHost},
      JumpSignature{JumpCause::migration, {marker}, kElsewhere, kAnotherHost},
      JumpSignature{JumpCause::leap, {real_mono, leap_second}, 0, 0},
      JumpSignature{JumpCause::leap, {announced}, 0, 0},
      JumpSignature{JumpCause::suspend, {boot_mono}, kResumed, 0},
      JumpSignature{JumpCause::external_step, {real_mono}, 0, 0},
      JumpSignature{JumpCause::clocksource, {clocksource}, 0, kAnotherCounter},
      JumpSignature{JumpCause::leap, {offset_behind, month_end}, 0, 0},
      JumpSignature{JumpCause::leap, {offset_ahead, month_end}, 0, 0},
      JumpSignature{JumpCause::unknown, {offset_behind, host_still}, 0, 0},
      JumpSignature{JumpCause::unknown, {offset_behind, source_still}, 0, 0},
      JumpSignature{JumpCause::unknown, {offset_behind, too_long}, 0, 0},
      JumpSignature{JumpCause::vm_pause, {offset_behind, host_clock}, 0, 0},
      JumpSignature{JumpCause::vm_pause, {offset_behind, servers}, 0, 0},
      JumpSignature{JumpCause::vm_pause, {overrun, steal}, 0, 0},
      JumpSignature{JumpCause::unknown, {offset_behind}, 0, 0},
      JumpSignature{JumpCause::unknown, {offset_ahead}, 0, 0},
      JumpSignature{JumpCause::external_slew, {adjtime}, 0, 0},
      JumpSignature{JumpCause::external_slew, {kernel_loop}, 0, 0},
      JumpSignature{JumpCause::external_frequency, {read_back}, 0, 0},
      JumpSignature{JumpCause::external_frequency, {mono_raw}, 0, 0},
  };
}();

constexpr std::array<std::string_view, kSigns> kSignNames{"clock_set",
                                                          "real-mono",
                                                          "boot-mono",
                                                          "own",
                                                          "leap_second",
                                                          "vmclock",
                                                          "generation",
                                                          "clocksource",
                                                          "overrun",
                                                          "steal",
                                                          "offset",
                                                          "offset",
                                                          "servers",
                                                          "host_clock",
                                                          "host_clock_still",
                                                          "source_still",
                                                          "longer_than_any_pause",
                                                          "month_end",
                                                          "announced",
                                                          "adjtime",
                                                          "kernel_loop",
                                                          "read_back",
                                                          "mono-raw"};

}  // namespace

std::string_view to_string(Sign sign) { return kSignNames[static_cast<std::size_t>(sign)]; }

std::string describe(SignSet signs) {
  std::string text;
  for (std::size_t i = 0; i < kSigns; ++i) {
    if (!signs.has(static_cast<Sign>(i))) continue;
    if (!text.empty()) text += ' ';
    text += kSignNames[i];
  }
  return text;
}

std::optional<JumpSignature> classify(SignSet signs) {
  const auto* const found = std::ranges::find_if(
      kSignatures, [&](const JumpSignature& row) { return signs.has_all(row.signs); });
  if (found == kSignatures.end()) return std::nullopt;
  return *found;
}

}  // namespace slewd::core
