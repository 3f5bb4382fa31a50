// SPDX-License-Identifier: Apache-2.0
#include "agent/core/jumps/jump_signature.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

struct Row {
  std::string_view event;
  SignSet signs;
  std::optional<JumpCause> cause;
};

// The signature matrix of docs/design/jumps.md, row by row, with the signs as they come together.
const std::vector<Row>& matrix() {
  using enum Sign;
  static const std::vector<Row> kMatrix{
      {"own step", {clock_set, own}, JumpCause::own_step},
      {"external step", {clock_set, real_mono}, JumpCause::external_step},
      {"external step, found at the next look", {real_mono}, JumpCause::external_step},
      {"suspend and resume", {clock_set, real_mono, boot_mono}, JumpCause::suspend},
      {"suspend, wall clock right by chance", {boot_mono}, JumpCause::suspend},
      {"pause, TSC stopped", {offset_behind, servers}, JumpCause::vm_pause},
      {"pause, TSC stopped, one server and the host",
       {offset_behind, host_clock},
       JumpCause::vm_pause},
      {"the servers moved alike, and the host's clock was watched and did not",
       {offset_behind, servers, host_still},
       JumpCause::unknown},
      {"two servers moved alike, and a third that answered did not",
       {offset_behind, servers, host_clock, source_still},
       JumpCause::unknown},
      {"the servers moved by years, whoever agrees",
       {offset_behind, servers, host_clock, too_long},
       JumpCause::unknown},
      {"pause, TSC stopped, one server alone", {offset_behind}, JumpCause::unknown},
      {"pause, TSC kept", {overrun, steal}, JumpCause::vm_pause},
      {"live migration", {marker}, JumpCause::migration},
      {"live migration with a stall", {marker, overrun, steal}, JumpCause::migration},
      {"snapshot restored", {marker, generation}, JumpCause::snapshot},
      {"snapshot restored, vmgenid alone", {generation}, JumpCause::snapshot},
      {"snapshot restored, then set by a guest agent",
       {clock_set, real_mono, marker, generation},
       JumpCause::snapshot},
      {"external frequency or tick", {read_back, mono_raw}, JumpCause::external_frequency},
      {"external frequency, the kernel will not say", {mono_raw}, JumpCause::external_frequency},
      {"external adjtime()", {adjtime}, JumpCause::external_slew},
      {"external adjtime() beside a new frequency", {adjtime, read_back}, JumpCause::external_slew},
      {"kernel's phase-locked loop", {kernel_loop}, JumpCause::external_slew},
      {"leap second", {clock_set, real_mono, leap_second}, JumpCause::leap},
      {"leap second that only the servers made",
       {offset_ahead, servers, month_end},
       JumpCause::leap},
      {"announced leap second that is slewed", {announced}, JumpCause::leap},
      {"clocksource change", {clocksource}, JumpCause::clocksource},
      {"the clock has gained without a cause", {offset_ahead, servers}, JumpCause::unknown},
      // No jumps.
      {"told of nothing", {clock_set}, std::nullopt},
      {"a busy machine", {overrun}, std::nullopt},
      {"stolen time that delayed nobody", {steal}, std::nullopt},
      {"nothing", {}, std::nullopt},
  };
  return kMatrix;
}

TEST(JumpSignature, EachRowOfTheMatrixHasItsCause) {
  for (const Row& row : matrix()) {
    const auto found = classify(row.signs);
    ASSERT_EQ(found.has_value(), row.cause.has_value()) << row.event;
    if (found) {
      EXPECT_EQ(to_string(found->cause), to_string(*row.cause)) << row.event;
    }
  }
}

TEST(JumpSignature, EveryCauseHasARow) {
  for (const JumpCause cause : kJumpCauses) {
    const bool found =
        std::ranges::any_of(matrix(), [&](const Row& row) { return row.cause == cause; });
    EXPECT_TRUE(found) << to_string(cause);
  }
}

TEST(JumpSignature, OnlyWhereTheMachineWasAwayAreTheFiltersMadeToDoubt) {
  using enum Sign;
  EXPECT_EQ(classify({real_mono})->phase_sd, 0) << "RAW does not move when the clock is set";
  EXPECT_GT(classify({marker})->phase_sd, 0);
  EXPECT_GT(classify({marker})->frequency_sd, 0);
  EXPECT_GT(classify({clocksource})->frequency_sd, classify({marker})->frequency_sd);
}

TEST(JumpSignature, WitnessesAreNamedInOneOrder) {
  using enum Sign;
  EXPECT_EQ(describe({boot_mono, clock_set, real_mono}), "clock_set real-mono boot-mono");
  EXPECT_EQ(describe({}), "");
}

}  // namespace
}  // namespace slewd::core
