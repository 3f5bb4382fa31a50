// SPDX-License-Identifier: Apache-2.0
// What a boot with a clock that is far off, a server without time and a machine that was away come
// to: which of them come right by themselves, and what the others wait for.
#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/duration.hpp"

#include "tests/sim/story.hpp"
#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using core::AlarmReason;
using core::Phase;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Story tell(const std::string& parts, const Change& change = {}) {
  return play(R"({"schema": "slewd.scenario/1", "name": "story", )" + parts + "}", "story", change);
}

std::string client(const std::string& ahead, const std::string& more = "") {
  return R"("client": {"frequency": "12ppm", "wander": 1e-09, "ahead": ")" + ahead + "\"" + more +
         "}, ";
}

std::string one_server(const std::string& ahead = "0s") {
  return R"("servers": [{"name": "a", "delay": "2ms", "jitter": "200us", "ahead": ")" + ahead +
         R"("}])";
}

std::string servers(int count) {
  return R"("servers": [{"count": )" + std::to_string(count) +
         R"(, "delay": "18ms", "jitter": "2ms"}])";
}

// Which era.

TEST(StartUp, TheClockOfTheMachineMayShowAnyCentury) {
  // 1970, 1980, 2038, 2099, 2106 and 2151, less the 2026 of the world.
  for (const char* ahead : {"-490920h", "-403000h", "105192h", "639912h", "701280h", "1095744h"}) {
    const Story story = tell(client(ahead) + R"("length": "10m", )" + servers(3));
    ASSERT_TRUE(story.seen.right_from) << ahead << ": off by " << format(story.seen.last_error);
    EXPECT_LE(*story.seen.right_from, 15s) << ahead;
    EXPECT_FALSE(story.seen.alarmed) << ahead;
    EXPECT_EQ(story.result.last_phase, Phase::sync) << ahead;
  }
}

TEST(StartUp, IsRightOnEitherSideOfTheEraOf2036) {
  for (const char* date : {"2036-02-07T06:20:00Z", "2036-02-07T06:40:00Z", "2039-05-01T00:00:00Z"})
    for (const char* ahead : {"-580000h", "2s", "900000h"}) {
      const Story story = tell(R"("date": ")" + std::string(date) + "\", " + client(ahead) +
                               R"("length": "30m", )" + servers(3));
      EXPECT_EQ(story.result.last_phase, Phase::sync) << date << " " << ahead;
      if (std::string_view(ahead) != "2s") {
        EXPECT_TRUE(story.seen.right_from) << date << " " << ahead;
      }
    }
}

// A start that one liar cannot ruin.

TEST(StartUp, ALoneServerCannotMoveAClockByYears) {
  // From zero on 7 Feb 2036, nearly; right again after 20 min.
  const Story story =
      tell(client("0s") + R"("length": "2h", )" + one_server("80500h") +
           R"(, "events": [{"at": "20m", "kind": "server_step", "server": "a", "by": "-80500h"}])");
  EXPECT_EQ(story.result.steps, 0U);
  EXPECT_EQ(story.seen.alarmed, AlarmReason::unconfirmed_step);
  ASSERT_TRUE(story.seen.right_from);
  EXPECT_LT(*story.seen.right_from, 1min) << "the clock was never touched by it";
  EXPECT_EQ(story.result.last_phase, Phase::sync);
  EXPECT_THAT(story.seen.notes, Contains(HasSubstr("waits for a second source")));
}

TEST(StartUp, AServerWithoutTimeIsRefusedAsImplausible) {
  // 1953, 1987, 2007, and a count of seconds since 1970: 66 years too much.
  for (const char* ahead : {"-640000h", "-341880h", "-166560h", "582904h"}) {
    const Story story = tell(client("0s") + R"("length": "10m", )" + one_server(ahead));
    EXPECT_EQ(story.result.steps, 0U) << ahead;
    ASSERT_EQ(story.seen.sources.size(), 1U);
    EXPECT_GT(story.seen.sources[0].rejected[static_cast<std::size_t>(core::Reject::implausible)],
              3U);
    EXPECT_THAT(story.seen.sources[0].reason, HasSubstr("implausible: the server's time is"));
    const auto told = std::ranges::count_if(story.seen.notes, [](const std::string& note) {
      return note.find("implausible: the server's time is") != std::string::npos;
    });
    EXPECT_EQ(told, 1) << ahead;
  }
}

TEST(StartUp, ServersThatWereStartedTogetherAndCountFromZeroAreRefused) {
  // 2036-02-07T06:28:16, less 1 January 2033, and up for 300 s.
  const std::string parts = R"("date": "2033-01-01T00:00:00Z", "length": "10m", )" + client("0s") +
                            R"("servers": [{"name": "a", "delay": "2ms", "ahead": "97828396s"},
                     {"name": "b", "delay": "2ms", "ahead": "97828396s"}])";
  const Story story = tell(parts);
  EXPECT_EQ(story.result.steps, 0U);
  for (const core::SourceView& source : story.seen.sources)
    EXPECT_THAT(source.reason, HasSubstr("it counts from zero")) << source.name;
}

TEST(StartUp, OneRightServerPutsAMachineWithoutBatteryClockRight) {
  const Story story = tell(client("-490920h") + R"("length": "10m", )" + one_server());
  ASSERT_TRUE(story.seen.right_from) << "1970 is before the files of the machine";
  EXPECT_LE(*story.seen.right_from, 15s);
  EXPECT_FALSE(story.seen.alarmed);
}

TEST(StartUp, ASecondSourceOrTheHostsClockConfirmsALargeStep) {
  const Story alone = tell(client("-2h") + R"("length": "10m", )" + one_server());
  EXPECT_EQ(alone.result.steps, 0U);
  EXPECT_EQ(alone.seen.alarm, AlarmReason::unconfirmed_step);
  const Story two = tell(client("-2h") + R"("length": "10m", )" + servers(2));
  EXPECT_EQ(two.result.steps, 1U);
  const Story host =
      tell(client("-2h", R"(, "host_clock": "500ms")") + R"("length": "10m", )" + one_server());
  EXPECT_EQ(host.result.steps, 1U);
  const Story liar =
      tell(client("0s", R"(, "host_clock": "500ms")") + R"("length": "10m", )" + one_server("2h"));
  EXPECT_EQ(liar.result.steps, 0U);
  const Story trusted = tell(client("-2h") + R"("length": "10m", )" + one_server(),
                             [](core::CoreConfig& core) { core.step.max_unconfirmed = 24h; });
  EXPECT_EQ(trusted.result.steps, 1U);
}

TEST(StartUp, ASecondSourceThatComesLateEndsTheWaiting) {
  const Story story = tell(
      client("-2h") +
      R"("length": "1h", "servers": [{"name": "a", "delay": "2ms"}, {"name": "b", "delay": "2ms"}],
         "events": [{"at": "0s", "kind": "server_mute", "server": "b", "for": "10m"}])");
  EXPECT_EQ(story.seen.alarmed, AlarmReason::unconfirmed_step);
  EXPECT_EQ(story.result.steps, 1U);
  EXPECT_TRUE(story.seen.right_from);
  EXPECT_EQ(story.result.last_phase, Phase::sync);
}

// The only server was 6 days behind; two that are right come later, and it falls silent or is
// mended.
std::string wrong_first(const std::string& ahead_of_client, const std::string& ahead_of_liar,
                        const std::string& events) {
  return client(ahead_of_client) +
         R"("length": "4h", "servers": [{"name": "liar", "delay": "2ms", "ahead": ")" +
         ahead_of_liar + R"("}, {"name": "b", "delay": "2ms"}, {"name": "c", "delay": "2ms"}],
         "events": [{"at": "0s", "kind": "server_mute", "server": "b", "for": "15m"},
                    {"at": "0s", "kind": "server_mute", "server": "c", "for": "15m"}, )" +
         events + "]";
}

TEST(StartUp, AFirstSyncThatAllSourcesContradictIsSteppedForwardAgain) {
  const std::string mended =
      R"({"at": "20m", "kind": "server_step", "server": "liar", "by": "144h"})";
  const Story story = tell(wrong_first("-490920h", "-144h", mended));
  EXPECT_EQ(story.result.steps, 2U) << "from 1970 to the lie, and from there to the truth";
  EXPECT_EQ(story.seen.alarmed, AlarmReason::beyond_panic);
  EXPECT_TRUE(story.seen.right_from) << "off by " << format(story.seen.last_error);
  EXPECT_EQ(story.result.last_phase, Phase::sync);
  EXPECT_THAT(story.seen.notes, Contains(HasSubstr("have contradicted the first Sync")));
}

TEST(StartUp, AFirstSyncIsNotGivenUpWhileASourceAgreesWithIt) {
  const Story story =
      tell(wrong_first("-490920h", "-144h",
                       R"({"at": "3h", "kind": "server_mute", "server": "liar", "for": "1s"})"));
  EXPECT_EQ(story.result.steps, 1U);
  EXPECT_EQ(story.seen.alarm, AlarmReason::beyond_panic);
}

TEST(StartUp, AFirstSyncIsNotGivenUpBackward) {
  const Story story =
      tell(wrong_first("-490920h", "144h",
                       R"({"at": "20m", "kind": "server_step", "server": "liar", "by": "-144h"})"));
  EXPECT_EQ(story.result.steps, 1U);
  EXPECT_EQ(story.seen.alarm, AlarmReason::beyond_panic);
  EXPECT_FALSE(story.result.stepped_back);
}

// Boots with the clock ahead.

TEST(StartUp, AfterABootAClockThatIsAheadIsSteppedBack) {
  for (const char* ahead : {"2h", "28000s", "-19800s", "14h"}) {
    const Story story = tell(client(ahead) + R"("length": "30m", )" + servers(4));
    EXPECT_EQ(story.result.steps, 1U) << ahead;
    ASSERT_TRUE(story.seen.right_from) << ahead;
    EXPECT_LE(*story.seen.right_from, 15s) << ahead;
    EXPECT_FALSE(story.seen.alarmed) << ahead;
  }
}

TEST(StartUp, LaterInTheLifeOfTheMachineAClockThatIsAheadIsNeverSteppedBack) {
  const Story story =
      tell(client("2h", R"(, "uptime": "10m")") + R"("length": "30m", )" + servers(4));
  EXPECT_EQ(story.result.steps, 0U);
  EXPECT_EQ(story.seen.alarm, AlarmReason::beyond_panic);
  EXPECT_THAT(story.seen.notes, Contains(HasSubstr("to end it now: slewctl step --to-true")));
  const Story forward =
      tell(client("2h") + R"("length": "30m", )" + servers(4),
           [](core::CoreConfig& core) { core.step.at_startup = core::StartupStep::forward; });
  EXPECT_EQ(forward.result.steps, 0U);
  const Story wider =
      tell(client("2h", R"(, "uptime": "10m")") + R"("length": "30m", )" + servers(4),
           [](core::CoreConfig& core) { core.step.boot_window = 15min; });
  EXPECT_TRUE(wider.result.stepped_back);
}

TEST(StartUp, ANetworkThatComesAMinuteAfterTheBootIsInTime) {
  const Story story = tell(client("2h") + R"("length": "30m", )" + servers(4) +
                           R"(, "events": [{"at": "0s", "kind": "outage", "for": "20s"}])");
  EXPECT_TRUE(story.seen.right_from || story.seen.alarm == AlarmReason::beyond_panic);
}

// A machine that was away, and an operator's mistake.

Change stepping_forward_after_pauses() {
  return [](core::CoreConfig& core) { core.jumps.after_pause = core::AfterPause::step_forward; };
}

TEST(StartUp, AMachineThatWasAwayOvernightComesRightUnderTheOneSetting) {
  const std::vector<std::string> stories{
      client("3ms", R"(, "host_clock": "500ms")") + servers(4) +
          R"(, "length": "15h", "events": [{"at": "4h", "kind": "vm_pause", "for": "9h30m"}])",
      client("3ms") + servers(4) +
          R"(, "length": "15h", "events": [{"at": "4h", "kind": "vm_pause", "for": "9h30m"}])",
      client("3ms", R"(, "host_clock": "500ms")") + servers(4) +
          R"(, "length": "6h", "events": [{"at": "4h", "kind": "vm_pause", "for": "20m"}])",
      client("3ms", R"(, "host_clock": "500ms")") + one_server() +
          R"(, "length": "6h", "events": [{"at": "4h", "kind": "vm_pause", "for": "20m"}])",
      client("3ms") + servers(4) +
          R"(, "length": "15h", "events": [{"at": "4h", "kind": "suspend", "for": "9h30m",
             "by": "-2400s"}])",
      client("3ms") + servers(2) +
          R"(, "length": "5h", "events": [{"at": "4h", "kind": "suspend", "for": "10m",
             "by": "-20s"}])",
      // The network comes back later than the machine: the first source to answer is alone.
      client("3ms") + servers(3) +
          R"(, "length": "8h", "events": [{"at": "1h", "kind": "suspend", "for": "6h",
             "by": "-40m"}, {"at": "1h", "kind": "outage", "for": "21630s"}])",
      client("3ms") + servers(2) +
          R"(, "length": "8h", "events": [{"at": "1h", "kind": "suspend", "for": "6h",
             "by": "-40m"}, {"at": "1h", "kind": "outage", "for": "23400s"}])"};
  for (const std::string& each : stories) {
    const Story story = tell(each, stepping_forward_after_pauses());
    EXPECT_EQ(story.result.steps, 1U) << each;
    EXPECT_TRUE(story.seen.right_from) << each;
    EXPECT_EQ(story.result.last_phase, Phase::sync) << each;
  }
}

TEST(StartUp, ByDefaultAMachineThatWasAwayOvernightWaitsAndSaysHowItEnds) {
  const Story story =
      tell(client("3ms", R"(, "host_clock": "500ms")") + servers(4) +
           R"(, "length": "15h", "events": [{"at": "4h", "kind": "vm_pause", "for": "9h30m"}])");
  EXPECT_EQ(story.result.steps, 0U);
  EXPECT_EQ(story.seen.alarm, AlarmReason::beyond_panic);
  EXPECT_THAT(story.seen.notes, Contains(HasSubstr("slewctl step --to-true")));
}

TEST(StartUp, AHostClockThatShowsNoPauseForbidsTheStep) {
  const Story story =
      tell(client("3ms", R"(, "host_clock": "500ms")") + servers(4) +
               R"(, "length": "6h", "events": [{"at": "4h", "kind": "server_step", "by": "1h"}])",
           stepping_forward_after_pauses());
  EXPECT_EQ(story.result.steps, 0U);
}

TEST(StartUp, AnOperatorsMistakeIsAnAlarmThatNamesItsEnd) {
  for (const char* by : {"-43200s", "43200s"}) {
    const Story story = tell(client("0s") + servers(3) +
                             R"(, "length": "6h", "events": [{"at": "2h", "kind": "external_step",
                                "by": ")" +
                             by + R"("}])");
    EXPECT_EQ(story.result.steps, 0U) << by;
    EXPECT_EQ(story.seen.alarm, AlarmReason::beyond_panic) << by;
    EXPECT_THAT(story.seen.notes, Contains(HasSubstr("to end it now: slewctl step --to-true")));
  }
}

TEST(StartUp, TheNamedCommandEndsEachAlarmOfAnOffset) {
  for (const bool lone : {true, false}) {
    core::CoreConfig config;
    EngineWorld run(4, {.offset = lone ? 2h : -2h}, config);
    for (int i = 0; i < (lone ? 1 : 3); ++i)
      run.add_server(std::string(1, static_cast<char>('a' + i)), kLan);
    run.start();
    ASSERT_TRUE(run.world.run_until([&] { return run.phase() == Phase::alarm; }, 10min));
    run.world.run_for(5min);
    const auto offer = run.snapshot()->step_offer;
    EXPECT_EQ(offer.refused, "");
    const auto done = run.step_to_true(*offer.size);
    ASSERT_TRUE(done) << done.error().describe();
    run.world.run_for(20min);
    EXPECT_EQ(run.phase(), Phase::sync);
    EXPECT_LT(magnitude(run.client.true_offset()), 1ms);
    EXPECT_FALSE(run.snapshot()->alarm);
  }
}

TEST(StartUp, AMajorityThatIsLostBeforeTheFirstSyncIsFoundAgain) {
  const Story story = tell(client("-2h") +
                           R"("length": "1h", "servers": [{"name": "a", "delay": "2ms"},
         {"name": "b", "delay": "2ms", "ahead": "5h"}, {"name": "c", "delay": "2ms"}],
         "events": [{"at": "0s", "kind": "server_mute", "server": "c", "for": "10m"}])");
  EXPECT_EQ(story.seen.alarmed, AlarmReason::no_majority);
  EXPECT_EQ(story.result.steps, 1U);
  EXPECT_TRUE(story.seen.right_from);
}

}  // namespace
}  // namespace slewd::tests
