// SPDX-License-Identifier: Apache-2.0
// What is known before the first Sync: what a battery clock says of a step, and that the clock is
// not synchronized while a step is still to come.
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "base/duration.hpp"

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using core::AlarmReason;
using core::Phase;

// A battery clock that is `ahead` of the truth, and shows it.
std::optional<AlarmReason> start_by_battery(Nanos ahead, Nanos clock_ahead) {
  EngineWorld run(4, {.offset = -clock_ahead, .uptime = 10s}, core::CoreConfig{});
  run.client.witnesses().add_host_clock(
      [&run, ahead] {
        sim::KernelClock& kernel = run.client.kernel();
        return kernel.wall().since_epoch + run.client.true_offset() + ahead -
               kernel.raw().since_epoch;
      },
      500ms);
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(5min);
  EXPECT_EQ(run.phase() == Phase::sync, magnitude(run.client.true_offset()) < 10ms);
  const auto alarm = run.snapshot()->alarm;
  return alarm ? std::optional(alarm->reason) : std::nullopt;
}

TEST(BeforeTheFirstSync, ABatteryClockThatIsProvablyWrongOrInLocalTimeIsNoVeto) {
  // The clock is before the newest file, the source is not.
  EXPECT_FALSE(start_by_battery(-60 * 24h, -60 * 24h)) << "before the newest file";
  for (const Nanos zone : std::vector<Nanos>{2h, -345min, 14h})
    EXPECT_FALSE(start_by_battery(zone, -60 * 24h)) << format(zone);
  for (const Nanos wrong : std::vector<Nanos>{100min + 7min, 15h, -10 * 24h - 7min})
    EXPECT_EQ(start_by_battery(wrong, -60 * 24h), AlarmReason::unconfirmed_step) << format(wrong);
  EXPECT_EQ(start_by_battery(2h, 2h), AlarmReason::unconfirmed_step) << "no witness either";
}

TEST(BeforeTheFirstSync, TheClockIsNotSynchronizedWhileAStepIsStillToCome) {
  for (const Nanos offset : std::vector<Nanos>{300ms, -300ms, 100ms}) {
    EngineWorld run(4, {.offset = offset, .uptime = 10s}, core::CoreConfig{});
    run.add_server("a", kLan);
    run.start();
    bool early = false;
    bool seen_in_hold = false;
    (void)run.world.run_until(
        [&] {
          const bool synchronized = run.snapshot()->clock.synchronized;
          const bool before = run.snapshot()->adjustments.steps == 0;
          if (synchronized && before && offset != 100ms) early = true;
          if (synchronized && run.phase() == Phase::hold) seen_in_hold = true;
          return run.phase() == Phase::sync;
        },
        1min);
    EXPECT_FALSE(early) << format(offset);
    EXPECT_TRUE(run.snapshot()->clock.synchronized) << format(offset);
    EXPECT_EQ(seen_in_hold, offset == 100ms) << "no step is due: " << format(offset);
  }
}

}  // namespace
}  // namespace slewd::tests
