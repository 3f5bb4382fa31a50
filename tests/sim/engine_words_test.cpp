// SPDX-License-Identifier: Apache-2.0
// What the engine publishes and notes of its sources, its majority and the plot, in whatever mode.
#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

core::CoreConfig quick(core::Mode mode) {
  core::CoreConfig config = EngineWorld::default_config();
  config.mode = mode;
  config.poll = {4s, 16s};
  return config;
}

TEST(EngineWords, WithoutAMajorityNoOffsetIsKnownWhoeverWasHeardFirst) {
  for (const core::Mode mode : {core::Mode::observe, core::Mode::automatic}) {
    EngineWorld run(1, {}, quick(mode));
    run.add_server("first", kLan);
    run.add_server("second", kWan).personality.offset = 5s;
    run.start();
    run.world.run_for(30s);
    const auto picture = run.snapshot();
    EXPECT_TRUE(picture->majority_lost);
    EXPECT_FALSE(picture->clock.offset);
    EXPECT_FALSE(picture->clock.error_bound);
    EXPECT_FALSE(picture->clock.synchronized);
    EXPECT_FALSE(picture->step_offer.size);
    ASSERT_FALSE(picture->offset_history.empty());
    EXPECT_FALSE(picture->offset_history.back().known);
  }
}

TEST(EngineWords, ThreeServersWithThreeTimesHaveNoMajorityEither) {
  EngineWorld run(2, {}, quick(core::Mode::observe));
  run.add_server("a", kLan);
  run.add_server("b", kLan).personality.offset = 300ms;
  run.add_server("c", kLan).personality.offset = 5s;
  run.start();
  run.world.run_for(30s);
  EXPECT_FALSE(run.snapshot()->clock.offset);
}

TEST(EngineWords, AMajorityThatSplitsLaterTakesTheOffsetWithItAndTheBoundHoldsUntilThen) {
  for (const core::Mode mode : {core::Mode::observe, core::Mode::automatic}) {
    EngineWorld run(3, {}, quick(mode));
    run.add_server("a", kLan);
    sim::ServerHost& other = run.add_server("b", kLan);
    run.start();
    run.world.run_for(10min);
    ASSERT_TRUE(run.snapshot()->clock.synchronized);
    other.personality.offset = 5s;
    // From the moment at which a sample shows it, either may be right.
    ASSERT_TRUE(run.world.run_until(
        [&] {
          const auto picture = run.snapshot();
          return std::ranges::any_of(picture->sources, [](const core::SourceView& source) {
            return source.state == core::SourceState::falseticker;
          });
        },
        40s));
    const core::ClockView clock = run.snapshot()->clock;
    EXPECT_TRUE(!clock.error_bound || *clock.error_bound >= 5s);
    run.world.run_for(7s);
    EXPECT_TRUE(run.snapshot()->majority_lost) << to_string(mode);
    EXPECT_FALSE(run.snapshot()->clock.offset);
    other.personality.offset = 0s;
    run.world.run_for(5min);
    EXPECT_TRUE(run.snapshot()->clock.synchronized) << "it comes back";
  }
}

TEST(EngineWords, AMajorityThatWasLostInObserveIsAnAlarmOnceSlewdSteers) {
  EngineWorld run(3, {}, quick(core::Mode::observe));
  run.add_server("a", kLan);
  sim::ServerHost& other = run.add_server("b", kLan);
  run.start();
  run.world.run_for(10min);
  other.personality.offset = 5s;
  run.world.run_for(2min);
  ASSERT_TRUE(run.snapshot()->majority_lost);
  run.reload([](core::CoreConfig& config) { config.mode = core::Mode::takeover; });
  run.world.run_for(2min);
  EXPECT_EQ(run.phase(), core::Phase::alarm);
  ASSERT_TRUE(run.snapshot()->alarm);
  EXPECT_EQ(run.snapshot()->alarm->reason, core::AlarmReason::no_majority);
  EXPECT_FALSE(run.snapshot()->clock.offset);
}

TEST(EngineWords, ASourceThatAnswersAndIsRejectedSaysWhyAndHowOften) {
  EngineWorld run(4, {}, quick(core::Mode::observe));
  run.add_server("leap3", kLan).personality.leap = core::Leap::unknown;
  run.add_server("sixteen", kLan).personality.stratum = 16;
  run.add_server("far", kLan).personality.root_dispersion = 20s;
  run.add_server("dead", kLan).personality.manner = sim::ServerManner::silent;
  run.start();
  run.world.run_for(2min);
  const auto& sources = run.snapshot()->sources;
  EXPECT_THAT(sources[0].reason, HasSubstr("answers, and each reply is rejected: the server says "
                                           "that it is not synchronized"));
  EXPECT_THAT(sources[0].reason, HasSubstr("(" + std::to_string(sources[0].responses) + " times)"));
  EXPECT_THAT(sources[1].reason, HasSubstr("rejected: "));
  EXPECT_THAT(sources[2].reason, HasSubstr("root distance of 16 s or more"));
  EXPECT_EQ(sources[3].reason, "has not answered yet");
  EXPECT_THAT(run.notes, Contains(HasSubstr("no source gives a usable answer: leap3 answers, and "
                                            "each reply is rejected")));
}

TEST(EngineWords, TheLastSourceThatIsLostAndFoundIsNotedOnceEach) {
  EngineWorld run(5, {}, quick(core::Mode::observe));
  std::vector<sim::ServerHost*> servers;
  for (const char* name : {"a", "b"}) servers.push_back(&run.add_server(name, kLan));
  run.start();
  run.world.run_for(10min);
  EXPECT_THAT(run.notes, Contains(HasSubstr("source selected: ")));
  EXPECT_THAT(run.notes, Not(Contains(HasSubstr("no source gives"))));
  servers[0]->personality.manner = sim::ServerManner::silent;
  run.world.run_for(5min);
  EXPECT_THAT(run.notes, Not(Contains(HasSubstr("no source gives")))) << "one still answers";
  servers[1]->personality.manner = sim::ServerManner::silent;
  run.world.run_for(10min);
  const auto lost = [](const std::string& note) { return note.starts_with("no source gives"); };
  EXPECT_EQ(std::ranges::count_if(run.notes, lost), 1);
  for (const core::SourceView& source : run.snapshot()->sources) {
    EXPECT_EQ(source.state, core::SourceState::unreachable);
    EXPECT_EQ(source.reason, "has not answered lately");
  }
  servers[1]->personality.manner = sim::ServerManner::honest;
  run.world.run_for(20min);
  EXPECT_THAT(run.notes, Contains("source b gives usable answers"));
  EXPECT_EQ(std::ranges::count_if(run.notes, lost), 1);
}

TEST(EngineWords, SourcesThatCannotContradictEachOtherAreNotedOnce) {
  struct Upstreams {
    int servers;
    bool same_upstream;
    const char* note;
  };
  for (const Upstreams& each :
       {Upstreams{1, false, "one source is followed alone: nothing would show"},
        Upstreams{3, true, "all sources follow the same server (0A000001)"},
        Upstreams{3, false, nullptr}}) {
    EngineWorld run(11, {}, quick(core::Mode::automatic));
    for (int i = 0; i < each.servers; ++i) {
      sim::ServerHost& server = run.add_server(std::string(1, static_cast<char>('a' + i)), kLan);
      server.personality.stratum = 2;
      server.personality.refid =
          0x0a000001U + (each.same_upstream ? 0U : static_cast<std::uint32_t>(i));
    }
    run.start();
    run.world.run_for(25min);
    EXPECT_THAT(run.notes, Not(Contains(HasSubstr("nothing would show")))) << "too soon";
    run.world.run_for(2h);
    EXPECT_EQ(std::ranges::count_if(run.notes,
                                    [&](const std::string& note) {
                                      return note.find("nothing would show") != std::string::npos;
                                    }),
              each.note != nullptr);
    if (each.note != nullptr) {
      EXPECT_THAT(run.notes, Contains(HasSubstr(each.note)));
    }
  }
}

TEST(EngineWords, AnObserverNotesAnotherProgramThatSteersAndItsEnd) {
  EngineWorld run(6, {}, quick(core::Mode::observe));
  run.add_server("a", kLan);
  run.client.witnesses().signs.discipliner = "chronyd (process 812)";
  run.start();
  run.world.run_for(1min);
  EXPECT_THAT(run.notes, Contains("another program steers this clock: chronyd (process 812)"));
  run.client.witnesses().signs.discipliner.clear();
  run.world.run_for(30min);
  EXPECT_THAT(run.notes, Contains("no other program steers this clock any more"));
}

TEST(EngineWords, AnAnnouncedLeapSecondInAnotherMonthIsImplausible) {
  // 30 November 2026, 12:00 UTC, and the last days of June and of March.
  for (const auto& [start, plausible] :
       {std::pair{1'796'040'000s, false}, std::pair{1'782'820'800s, true},
        std::pair{1'774'958'400s, false}}) {
    EngineWorld run(7, {}, quick(core::Mode::observe), sim::TrueTime{start});
    for (const char* name : {"a", "b", "c"}) run.add_server(name, kLan);
    run.start();
    run.world.run_for(1min);
    EXPECT_FALSE(run.snapshot()->clock.leap_implausible);
    EngineWorld announced(8, {}, quick(core::Mode::observe), sim::TrueTime{start});
    for (const char* name : {"a", "b"})
      announced.add_server(name, kLan).personality.leap = core::Leap::insert;
    announced.add_server("c", kLan);
    announced.start();
    announced.world.run_for(5min);
    EXPECT_EQ(announced.snapshot()->clock.leap, core::Leap::insert);
    EXPECT_EQ(announced.snapshot()->clock.leap_implausible, !plausible);
    EXPECT_EQ(announced.snapshot()->planned_leap.has_value(), plausible);
    const auto noted = std::ranges::count_if(announced.notes, [](const std::string& note) {
      return note.starts_with("an implausible leap second is announced by a, b");
    });
    EXPECT_EQ(noted, plausible ? 0 : 1);
    const std::string& reason = announced.snapshot()->sources[0].reason;
    EXPECT_EQ(reason.find("implausible") == std::string::npos, plausible) << reason;
  }
}

TEST(EngineWords, ThePlotHasAPointOnEitherSideOfAStep) {
  for (const core::Mode mode : {core::Mode::observe, core::Mode::automatic}) {
    EngineWorld run(9, {}, quick(mode));
    run.add_server("a", kLan);
    run.start();
    run.world.run_for(10min);
    run.client.kernel().step(-10s);
    run.world.run_for(2s);
    const auto& points = run.snapshot()->offset_history;
    const auto step = std::ranges::adjacent_find(
        points, [](const auto& p, const auto& q) { return q.offset - p.offset > 9s; });
    ASSERT_NE(step, points.end());
    EXPECT_EQ(step[0].at, step[1].at) << "no ramp";
    EXPECT_LT(magnitude(step[0].offset), 5ms);
    EXPECT_LT(magnitude(step[1].offset - 10s), 5ms);
  }
}

}  // namespace
}  // namespace slewd::tests
