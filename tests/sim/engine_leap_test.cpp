// SPDX-License-Identifier: Apache-2.0
// Leap seconds: one that the sources announce is carried out when it is there, in each mode.
#include <algorithm>
#include <cmath>
#include <tuple>

#include <gtest/gtest.h>

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using core::Leap;
using core::LeapMode;
using core::Phase;

core::CoreConfig with_leap(LeapMode mode, Nanos poll = 64s) {
  core::CoreConfig config = EngineWorld::default_config();
  config.leap.mode = mode;
  config.poll = {poll, poll};
  return config;
}

// What a server does about the leap second that it announces.
enum class Conduct { leaps_not, leaps_late };

// The last hours of June 2026; at their end there is a leap second, or one that all servers
// announce by mistake.
class LeapWorld {
 public:
  LeapWorld(Leap leap, int count, core::CoreConfig config, std::uint64_t seed = 1,
            bool takes_place = true)
      : run(seed, ten_off(), std::move(config), kMidnight - 4h),
        leap_(leap),
        // A second that is left out is the last before midnight.
        instant_(kMidnight - (leap == Leap::erase ? 1s : 0s)) {
    if (takes_place) run.world.utc().add_leap(kMidnight, leap);
    for (int i = 0; i < count; ++i)
      servers.push_back(
          &run.add_server(std::string(1, static_cast<char>('a' + i)), kLan,
                          {.leap = takes_place ? std::nullopt : std::optional(leap)}));
    if (!takes_place) run.world.at(instant_, [this] { announce(Leap::none); });
  }

  void announce(Leap leap) {
    for (sim::ServerHost* server : servers) server->personality.leap = leap;
  }
  void set(Conduct conduct, sim::ServerHost& server) {
    run.world.at(instant_, [this, &server] { server.personality.offset = -shift(); });
    if (conduct == Conduct::leaps_late)
      run.world.at(instant_ + 10min, [&server] { server.personality.offset = {}; });
  }

  void start() {
    run.start();
    run.world.run_for(3h);
    EXPECT_EQ(run.phase(), Phase::sync);
  }
  // To so long after the leap; negative: before.
  void run_to(Nanos after) { run.world.run_until(instant_ + after); }

  [[nodiscard]] Nanos shift() const { return leap_ == Leap::insert ? -1s : 1s; }
  // True time less the wall clock.
  [[nodiscard]] Nanos error() { return run.client.true_offset(); }
  [[nodiscard]] bool bound_holds() {
    return magnitude(error()) <= *run.snapshot()->clock.error_bound;
  }
  [[nodiscard]] std::vector<std::string> notes_of(std::string_view text) const {
    std::vector<std::string> found;
    std::ranges::copy_if(run.notes, std::back_inserter(found), [&](const std::string& note) {
      return note.find(text) != std::string::npos;
    });
    return found;
  }

  EngineWorld run;
  std::vector<sim::ServerHost*> servers;

 private:
  static constexpr sim::TrueTime kMidnight{
      std::chrono::sys_days{std::chrono::year{2026} / 7 / 1}.time_since_epoch()};

  Leap leap_;
  sim::TrueTime instant_;
};

void expect_no_spike(const LeapWorld& world) {
  EXPECT_FALSE(world.run.visited(Phase::spike));
  EXPECT_FALSE(world.run.visited(Phase::disrupted));
  for (const core::ClockEvent& event : world.run.jumps)
    EXPECT_EQ(event.cause, core::JumpCause::leap) << event.witnesses;
}

class AnnouncedLeap : public testing::TestWithParam<std::tuple<Leap, int, Nanos>> {};

TEST_P(AnnouncedLeap, IsSlewedFromTheLeapItselfWithEachSecondInTheBound) {
  const auto [leap, servers, poll] = GetParam();
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    LeapWorld world(leap, servers, with_leap(LeapMode::slew, poll), seed);
    world.start();
    ASSERT_TRUE(world.run.snapshot()->planned_leap) << "seed " << seed;
    EXPECT_EQ(world.run.snapshot()->planned_leap->leap, leap);
    world.run_to(-2s);
    for (Nanos after = -1750ms; after < 30min; after += 500ms) {
      world.run_to(after);
      const auto picture = world.run.snapshot();
      const double slewed = 5000e-6 * std::max(0.0, to_seconds(after));
      const double most = after < Nanos{0} ? 0 : std::max(0.0, 1 - slewed);
      ASSERT_LE(std::abs(to_seconds(world.error())), most + 1e-3)
          << "seed " << seed << ", " << to_seconds(after) << " s after the leap";
      ASSERT_TRUE(world.bound_holds())
          << "seed " << seed << ", " << to_seconds(after) << " s after the leap";
      ASSERT_LE(to_seconds(*picture->clock.error_bound), most + 30e-3)
          << "seed " << seed << ", " << to_seconds(after) << " s after the leap";
      if (after > 1s && after < 190s) {
        ASSERT_NEAR(to_seconds(picture->clock.slew_remaining), to_seconds(world.error()), 6e-3);
        ASSERT_NEAR(std::abs(picture->clock.slew_rate.value), 5000, 1);
      }
    }
    EXPECT_EQ(world.run.phase(), Phase::sync);
    expect_no_spike(world);
    ASSERT_EQ(world.run.jumps.size(), 1U);
    EXPECT_EQ(world.run.jumps[0].size, 0s) << "the wall clock has not moved";
    EXPECT_EQ(world.run.jumps[0].witnesses, "announced");
    EXPECT_TRUE(world.run.broken().empty());
    EXPECT_FALSE(world.run.snapshot()->planned_leap);
  }
}

INSTANTIATE_TEST_SUITE_P(Leaps, AnnouncedLeap,
                         testing::Combine(testing::Values(Leap::insert, Leap::erase),
                                          testing::Values(1, 4), testing::Values(64s, 1024s)));

TEST(LeapSecondInTheEngine, IsMadeByTheKernelWhereItIsTold) {
  for (const Leap leap : {Leap::insert, Leap::erase}) {
    LeapWorld world(leap, 4, with_leap(LeapMode::kernel));
    world.start();
    const int armed = leap == Leap::insert ? sim::kStatusInsert : sim::kStatusDelete;
    const int both = sim::kStatusInsert | sim::kStatusDelete;
    EXPECT_EQ(world.run.client.kernel().status() & both, armed);
    EXPECT_TRUE(world.run.snapshot()->planned_leap->in_kernel);
    world.run_to(-2s);
    for (Nanos after = -1s; after < 10min; after += 500ms) {
      world.run_to(after);
      if (after == Nanos{0}) continue;  // the wall clock leaps some microseconds before or after
      ASSERT_LE(magnitude(world.error()), 1ms) << to_seconds(after) << " s after the leap";
      ASSERT_TRUE(world.bound_holds()) << to_seconds(after) << " s after the leap";
      ASSERT_LT(magnitude(world.run.snapshot()->clock.slew_rate), Ppm{100});
    }
    EXPECT_EQ(world.run.client.kernel().status() & both, 0) << "it is over";
    expect_no_spike(world);
    ASSERT_EQ(world.run.jumps.size(), 1U);
    EXPECT_EQ(world.run.jumps[0].size, world.shift());
    EXPECT_NE(world.run.jumps[0].witnesses.find("announced"), std::string::npos);
  }
}

TEST(LeapSecondInTheEngine, IsSlewedWhereTheKernelHasNotMadeIt) {
  LeapWorld world(Leap::insert, 4, with_leap(LeapMode::kernel));
  world.start();
  world.run_to(-1s);
  world.run.client.kernel().set_status(0);  // another program has cleared it
  world.run_to(1s);
  EXPECT_NEAR(to_seconds(*world.run.snapshot()->clock.offset), -1, 6e-3);
  EXPECT_TRUE(world.bound_holds());
  world.run_to(205s);
  EXPECT_LE(magnitude(world.error()), 1ms);
  expect_no_spike(world);
}

TEST(LeapSecondInTheEngine, IsNotToldToTheKernelByOneSourceAloneAndIsFollowedAtOnceWhenSeen) {
  LeapWorld world(Leap::insert, 1, with_leap(LeapMode::kernel));
  world.start();
  EXPECT_EQ(world.run.client.kernel().status() & sim::kStatusInsert, 0);
  world.run_to(10s);
  EXPECT_NEAR(to_seconds(*world.run.snapshot()->clock.offset), -1, 60e-3);
  EXPECT_TRUE(world.bound_holds());
  ASSERT_EQ(world.run.jumps.size(), 1U);
  EXPECT_EQ(world.run.jumps[0].cause, core::JumpCause::leap);
  world.run_to(215s);
  EXPECT_LE(magnitude(world.error()), 1ms);
}

TEST(LeapSecondInTheEngine, IsTakenBackAtOnceWhereTheOnlySourceHasNotMadeIt) {
  LeapWorld world(Leap::insert, 1, with_leap(LeapMode::slew), 1, false);
  world.start();
  world.run_to(20s);
  // What was slewed meanwhile.
  EXPECT_LE(magnitude(*world.run.snapshot()->clock.offset), 60ms);
  EXPECT_LE(magnitude(world.error()), 60ms);
  world.run_to(5min);
  EXPECT_LE(magnitude(world.error()), 1ms);
}

TEST(LeapSecondInTheEngine, IsFollowedAtOnceWhereTheOnlySourceMakesItLate) {
  LeapWorld world(Leap::insert, 1, with_leap(LeapMode::slew));
  world.set(Conduct::leaps_late, *world.servers[0]);
  world.start();
  constexpr Nanos kNextPoll = 72s;  // as the packet budget allows it
  world.run_to(10min + kNextPoll);
  EXPECT_TRUE(world.bound_holds());
  world.run_to(10min + kNextPoll + 205s);
  EXPECT_LE(magnitude(world.error()), 1ms);
}

TEST(LeapSecondInTheEngine, LeavesAServerThatDoesNotLeapBehind) {
  LeapWorld world(Leap::insert, 4, with_leap(LeapMode::slew));
  world.set(Conduct::leaps_not, *world.servers[2]);
  world.start();
  world.run_to(-2s);
  for (Nanos after = -1500ms; after < 30min; after += 1s) {
    world.run_to(after);
    ASSERT_TRUE(world.bound_holds()) << to_seconds(after) << " s after the leap";
  }
  EXPECT_LE(magnitude(world.error()), 1ms);
  EXPECT_EQ(world.run.snapshot()->sources[2].state, core::SourceState::falseticker);
  expect_no_spike(world);
}

TEST(LeapSecondInTheEngine, IsWithdrawnWithItsAnnouncement) {
  LeapWorld world(Leap::insert, 4, with_leap(LeapMode::kernel), 1, false);
  world.start();
  EXPECT_EQ(world.notes_of("to be inserted at the end of 2026-06-30").size(), 1U);
  world.announce(Leap::none);
  world.run.world.run_for(5min);
  EXPECT_EQ(world.notes_of("2026-06-30 UTC is not announced any more").size(), 1U);
  EXPECT_EQ(world.run.client.kernel().status() & sim::kStatusInsert, 0);
  world.run_to(10min);
  EXPECT_LE(magnitude(*world.run.snapshot()->clock.offset), 1ms);
  EXPECT_TRUE(world.run.jumps.empty());
}

TEST(LeapSecondInTheEngine, IsCarriedOutWhenTheSourcesHaveFallenSilent) {
  LeapWorld world(Leap::insert, 4, with_leap(LeapMode::slew));
  world.start();
  for (sim::ServerHost* server : world.servers)
    server->personality.manner = sim::ServerManner::silent;
  world.run_to(1s);
  EXPECT_NEAR(to_seconds(*world.run.snapshot()->clock.offset), -1, 10e-3);
  EXPECT_TRUE(world.bound_holds());
  world.run_to(5min);
  EXPECT_LE(magnitude(world.error()), 10ms) << "what Holdover knows to be wrong is slewed";
}

TEST(LeapSecondInTheEngine, IsLeftToTheSamplesWhereItIsIgnored) {
  LeapWorld world(Leap::insert, 4, with_leap(LeapMode::ignore));
  world.start();
  EXPECT_TRUE(world.run.snapshot()->planned_leap);
  world.run_to(1s);
  EXPECT_LE(magnitude(*world.run.snapshot()->clock.offset), 1ms);
  EXPECT_EQ(world.run.client.kernel().status() & sim::kStatusInsert, 0);
  world.run_to(30min);
  EXPECT_LE(magnitude(world.error()), 1ms);
}

TEST(LeapSecondInTheEngine, OfAKernelThatAnotherProgramHasToldIsTheSameOneWhileSlewdObserves) {
  for (const Nanos error : {-30ms, 30ms}) {
    core::CoreConfig config = with_leap(LeapMode::slew);
    config.mode = core::Mode::observe;
    LeapWorld world(Leap::insert, 4, config);
    world.run.start();
    world.run_to(-1min);
    world.run.client.kernel().step(world.error() + error);
    world.run_to(-1s);
    world.run.client.kernel().set_status(sim::kStatusInsert);
    world.run_to(2s);
    EXPECT_LE(magnitude(*world.run.snapshot()->clock.offset + error), 2ms);
    world.run_to(1h);
    EXPECT_TRUE(world.bound_holds());
    EXPECT_FALSE(world.run.visited(Phase::spike));
  }
}

// Leap seconds until 2017, and one at the end of June 2026.
core::LeapList leap_list(std::chrono::sys_days expires) {
  const auto at = [](std::chrono::year_month_day day) {
    return WallTime{std::chrono::sys_days{day}.time_since_epoch()};
  };
  return {.entries = {{at(2017y / 1 / 1), 37}, {at(2026y / 7 / 1), 38}},
          .expires = WallTime{expires.time_since_epoch()}};
}

TEST(TaiOffset, IsToldToTheKernelAndLeapsWithTheKernelOnce) {
  LeapWorld world(Leap::insert, 4, with_leap(LeapMode::kernel));
  world.run.start();
  world.run.engine().use_leap_list(leap_list(2026y / 12 / 28));
  world.run.world.run_for(1h);
  EXPECT_EQ(world.run.client.kernel().tai_offset(), 37);
  EXPECT_EQ(world.run.snapshot()->tai->offset, 37);
  world.run_to(-3s);
  for (Nanos after = -2750ms; after < 5min; after += 500ms) {
    world.run_to(after);
    // A sample in the last second, and in the inserted one, changes nothing.
    if (magnitude(after) < 2s) world.run.engine().burst();
    ASSERT_EQ(world.run.client.kernel().tai_offset(), after < Nanos{0} ? 37 : 38)
        << to_seconds(after) << " s after the leap";
  }
  EXPECT_EQ(world.run.snapshot()->tai->offset, 38);
}

TEST(TaiOffset, OfAnExpiredListIsNotKnown) {
  LeapWorld world(Leap::insert, 1, with_leap(LeapMode::ignore));
  world.run.start();
  world.run.engine().use_leap_list(leap_list(2026y / 6 / 28));
  world.run.world.run_for(1h);
  EXPECT_EQ(world.run.client.kernel().tai_offset(), 0);
  ASSERT_TRUE(world.run.snapshot()->tai);
  EXPECT_FALSE(world.run.snapshot()->tai->offset);
}

}  // namespace
}  // namespace slewd::tests
