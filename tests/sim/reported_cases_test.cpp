// SPDX-License-Identifier: Apache-2.0
// What users of other programs have reported, each as a scenario of tests/sim/reports, and what
// must come of it with slewd's defaults or with the setting that the documentation names for it.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/duration.hpp"

#include "tests/sim/story.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using core::AlarmReason;
using core::Phase;

struct Reported {
  const char* file;
  Nanos largest;                  // the clock is never farther off
  std::optional<Nanos> right_by;  // within 10 ms from then to the end; empty = not at all
  Phase at_end = Phase::sync;
  std::uint64_t steps = 0;  // by slewd
  std::optional<AlarmReason> alarmed = {};
  bool steps_after_pause = false;                          // jumps.after_pause: step_forward
  std::optional<std::vector<core::JumpCause>> jumps = {};  // without value: any
};

constexpr AlarmReason kFarOff = AlarmReason::beyond_panic;
constexpr Nanos kAny = Nanos::max();

const std::vector<Reported> kReported{
    {.file = "stamps_from_1900",
     .largest = 1ms,
     .right_by = 1s,
     .alarmed = AlarmReason::unconfirmed_step},
    // Without news of the network, which a simulation has not.
    {.file = "network_47_min_late", .largest = 10s, .right_by = 56min, .steps = 1},
    {.file = "host_sleeps_9_hours",
     .largest = kAny,
     .right_by = {},
     .at_end = Phase::alarm,
     .alarmed = kFarOff},
    {.file = "host_sleeps_9_hours",
     .largest = kAny,
     .right_by = 13h + 33min,
     .steps = 1,
     .steps_after_pause = true},
    {.file = "host_sleeps_9_hours_unseen",
     .largest = kAny,
     .right_by = {},
     .at_end = Phase::alarm,
     .alarmed = kFarOff},
    {.file = "host_sleeps_9_hours_unseen",
     .largest = kAny,
     .right_by = 13h + 50min,
     .steps = 1,
     .steps_after_pause = true},
    {.file = "host_sleeps_20_min",
     .largest = kAny,
     .right_by = 4h + 23min,
     .steps = 1,
     .steps_after_pause = true},
    {.file = "lid_closed_9_hours",
     .largest = kAny,
     .right_by = {},
     .at_end = Phase::alarm,
     .alarmed = kFarOff},
    {.file = "lid_closed_9_hours",
     .largest = kAny,
     .right_by = 13h + 33min,
     .steps = 1,
     .steps_after_pause = true},
    {.file = "boot_ahead_28000_s", .largest = kAny, .right_by = 15s, .steps = 1},
    {.file = "boot_ahead_2_hours", .largest = kAny, .right_by = 15s, .steps = 1},
    {.file = "boot_behind_5_hours_30", .largest = kAny, .right_by = 15s, .steps = 1},
    {.file = "two_servers_an_hour_apart",
     .largest = 1721s,
     .right_by = {},
     .at_end = Phase::alarm,
     .alarmed = AlarmReason::no_majority},
    {.file = "oscillator_560_ppm_slow", .largest = 50ms, .right_by = 15min},
    {.file = "oscillator_1944_ppm_slow", .largest = 200ms, .right_by = 20min},
    {.file = "oscillator_31000_ppm_slow",
     .largest = kAny,
     .right_by = {},
     .at_end = Phase::alarm,
     .alarmed = kFarOff},
    {.file = "guest_6_percent_fast", .largest = 90s, .right_by = {}},
    {.file = "two_odd_answers", .largest = 130ms, .right_by = 5min},
    {.file = "only_server_corrected_by_100_ms", .largest = 101ms, .right_by = {}},
    {.file = "two_servers_behind_one_name", .largest = 105ms, .right_by = 6h},
    {.file = "date_set_12_hours_back",
     .largest = 43'201s,
     .right_by = {},
     .at_end = Phase::alarm,
     .alarmed = kFarOff},
    {.file = "only_server_an_hour_ahead", .largest = 5ms, .right_by = 1s, .alarmed = kFarOff},
    {.file = "three_servers_an_hour_ahead", .largest = 5ms, .right_by = 1s, .alarmed = kFarOff},
    {.file = "four_new_servers_10_min_ahead",
     .largest = 40s,
     .right_by = {},
     .steps_after_pause = true,
     .jumps = {{}}},
    {.file = "leap_second_announced_in_march",
     .largest = 1100ms,
     .right_by = 4h + 9min,
     .jumps = {{core::JumpCause::leap}}},
    {.file = "two_of_five_servers_corrected_by_3_hours",
     .largest = kAny,
     .right_by = 65min,
     .steps = 2,
     .alarmed = kFarOff},
    {.file = "all_servers_corrected_by_3_hours",
     .largest = kAny,
     .right_by = 50min,
     .steps = 2,
     .alarmed = kFarOff},
    {.file = "three_servers_15_min_ahead", .largest = 900s, .right_by = 55h},
};

void PrintTo(const Reported& reported, std::ostream* out) { *out << reported.file; }

std::filesystem::path folder() { return SLEWD_SOURCE_DIR "/tests/sim/reports"; }

class ReportedCase : public testing::TestWithParam<Reported> {};

TEST_P(ReportedCase, EndsAsItMust) {
  const Reported& wanted = GetParam();
  std::ifstream in(folder() / (std::string(wanted.file) + ".json"), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const Story story = play(text, wanted.file, [&](core::CoreConfig& core) {
    if (wanted.steps_after_pause) core.jumps.after_pause = core::AfterPause::step_forward;
  });
  EXPECT_LE(story.seen.largest, wanted.largest) << format(story.seen.largest);
  ASSERT_EQ(story.seen.right_from.has_value(), wanted.right_by.has_value())
      << "off by " << format(story.seen.last_error) << " at the end";
  if (wanted.right_by) {
    EXPECT_LE(*story.seen.right_from, *wanted.right_by) << format(*story.seen.right_from);
  }
  EXPECT_EQ(story.result.last_phase, wanted.at_end);
  EXPECT_EQ(story.result.steps, wanted.steps);
  EXPECT_EQ(story.seen.alarmed, wanted.alarmed);
  std::vector<core::JumpCause> causes;
  for (const core::ClockEvent& each : story.result.jumps) causes.push_back(each.cause);
  EXPECT_EQ(causes, wanted.jumps.value_or(causes));
}

std::string case_name(const testing::TestParamInfo<Reported>& test) {
  return test.param.file + std::string(test.param.steps_after_pause ? "_with_step_forward" : "");
}

INSTANTIATE_TEST_SUITE_P(Reports, ReportedCase, testing::ValuesIn(kReported), case_name);

TEST(ReportedCases, EachFileHasItsCase) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder()))
    files.insert(entry.path().stem());
  std::set<std::string> cases;
  for (const Reported& each : kReported) cases.insert(each.file);
  EXPECT_EQ(files, cases);
}

}  // namespace
}  // namespace slewd::tests
