// SPDX-License-Identifier: Apache-2.0
// What agent/clockbound hands to applications contains the truth, through slews, steps of others,
// holdover and the end of the daemon, for as long as it may be used.
#include "agent/clockbound/time_bound.hpp"

#include <gtest/gtest.h>

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using clockbound::Status;
using clockbound::TimeBound;

// A writer each second, and a reader four times a second that does what slewd/now.h does.
class BoundedWorld {
 public:
  explicit BoundedWorld(std::uint64_t seed, sim::ClientConfig client = ten_off())
      : run(seed, client, with_long_polls()) {
    for (int i = 1; i <= 3; ++i)
      servers.push_back(&run.add_server("host" + std::to_string(i), kWan));
    run.start();
    run.world.every(250ms, [this] { read(); });
    run.world.every(1s, [this] { write(); });
  }

  void write() {
    if (run.running()) bound_ = clockbound::bound_of(*run.snapshot(), run.client.clock().now());
  }

  EngineWorld run;
  std::vector<sim::ServerHost*> servers;
  std::uint64_t used = 0;     // readings that an application may use
  std::uint64_t refused = 0;  // those that say that they may not
  std::uint64_t free = 0;     // of the used ones: free running
  std::uint64_t wrong = 0;    // used ones without the truth
  Nanos widest{};

 private:
  void read() {
    const MonoTime now = run.client.clock().now().mono;
    if (bound_.status == Status::unknown || now > bound_.void_after) {
      ++refused;
      return;
    }
    const Nanos grown = from_seconds(to_seconds(now - bound_.as_of) * bound_.growth_ppb * 1e-9);
    const Nanos width = bound_.bound + grown;
    ++used;
    if (bound_.status == Status::free_running) ++free;
    if (magnitude(run.client.true_offset()) > width) ++wrong;
    widest = std::max(widest, width);
  }

  TimeBound bound_;
};

TEST(TimeBoundWorld, ContainsTheTruthWhileTheClockIsSlewed) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    BoundedWorld world(seed, {.offset = 3s, .oscillator = {.frequency = Ppm{40}, .wander = 1e-8}});
    world.run.world.run_for(2h);
    EXPECT_EQ(world.wrong, 0U) << "seed " << seed;
    EXPECT_GT(world.used, 28'000U);
  }
}

TEST(TimeBoundWorld, ContainsTheTruthFromTheSecondAfterAStepOfAnotherProgramOn) {
  BoundedWorld world(4);
  world.run.world.run_for(1h);
  ASSERT_EQ(world.wrong, 0U);
  world.run.client.kernel().step(-700ms);
  world.write();  // the daemon is notified of a step at once
  world.run.world.run_for(1h);
  EXPECT_EQ(world.wrong, 0U);
  EXPECT_GE(world.widest, 700ms);
}

TEST(TimeBoundWorld, RunsFreeInHoldoverAndContainsTheTruth) {
  BoundedWorld world(5);
  world.run.world.run_for(2h);
  for (sim::ServerHost* server : world.servers)
    server->personality.manner = sim::ServerManner::silent;
  world.run.world.run_for(6h);
  EXPECT_EQ(world.wrong, 0U);
  EXPECT_GT(world.free, 10'000U);
}

TEST(TimeBoundWorld, AfterSigkillInTheMiddleOfASlewItHoldsUntilItIsVoidAndIsRefusedThen) {
  for (const std::uint64_t seed : {6U, 7U, 8U, 9U}) {
    BoundedWorld world(seed, {.offset = Nanos(seed * 30ms), .oscillator = {.frequency = Ppm{20}}});
    world.run.world.run_for(2min);
    world.run.kill_engine();
    const std::uint64_t refused = world.refused;
    world.run.world.run_for(clockbound::kHorizon - 2s);
    EXPECT_EQ(world.refused, refused) << "it may be used";
    EXPECT_EQ(world.wrong, 0U) << "seed " << seed;
    world.run.world.run_for(4s);
    const std::uint64_t used = world.used;
    world.run.world.run_for(1h);
    EXPECT_EQ(world.used, used) << "it is void";
  }
}

TEST(TimeBoundWorld, IsNarrowWhereTheServersAreNear) {
  EngineWorld run(10, ten_off(), with_long_polls());
  for (int i = 1; i <= 3; ++i) run.add_server("host" + std::to_string(i), kLan);
  run.start();
  run.world.run_for(2h);
  const TimeBound bound = clockbound::bound_of(*run.snapshot(), run.client.clock().now());
  EXPECT_EQ(bound.status, Status::synchronized);
  EXPECT_LT(bound.bound, 20ms) << "15 ppm of a long poll interval at most";
  EXPECT_LT(bound.growth_ppb, 100'000U);
}

}  // namespace
}  // namespace slewd::tests
