// SPDX-License-Identifier: Apache-2.0
// The demo's embedded clock. It runs on the real MONOTONIC_RAW: bounds here are those that no
// scheduling can break.
#include "lab/demo/demo_machine.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace slewd::lab {
namespace {

using namespace std::chrono_literals;

TEST(DemoMachine, StartsBehindTheTruth) {
  DemoMachine machine(40ms, Ppm{0});
  EXPECT_NEAR(to_seconds(machine.true_offset()), 0.040, 0.001);
}

TEST(DemoMachine, TellsItsWatcherOfAStepByAnOutsider) {
  DemoMachine machine(0ms, Ppm{0});
  std::atomic<int> told{0};
  auto watch = machine.watch_clock({.set = [&] { ++told; }, .sign = {}, .end = {}});
  ASSERT_TRUE(watch);
  machine.step_externally(-11s);
  EXPECT_EQ(told, 1);
  EXPECT_NEAR(to_seconds(machine.true_offset()), 11.0, 0.001);
}

TEST(DemoMachine, TellsNobodyOnceTheWatchHasEnded) {
  DemoMachine machine(0ms, Ppm{0});
  int told = 0;
  auto watch = machine.watch_clock({.set = [&] { ++told; }, .sign = {}, .end = {}});
  ASSERT_TRUE(watch);
  watch->reset();
  machine.step_externally(1s);
  EXPECT_EQ(told, 0);
}

TEST(DemoMachine, AStepMovesTheWallAloneAndSaysUnsynchronized) {
  DemoMachine machine(0ms, Ppm{0});
  ASSERT_TRUE(machine.driver().publish_status({.synchronized = true, .max_error = 1ms}));
  ASSERT_FALSE(machine.driver().read_back()->unsynchronized);
  const core::ClockReading before = machine.clock().now();
  const auto step = machine.step_externally(-11s);
  const core::ClockReading after = machine.clock().now();
  EXPECT_GE(step.at, before.mono);
  EXPECT_LE(step.at, after.mono);
  EXPECT_EQ((after.wall - before.wall) - (after.mono - before.mono), Nanos(-11s));
  EXPECT_TRUE(machine.driver().read_back()->unsynchronized);
}

TEST(DemoMachine, NeverGoesBackwardsWhileItIsSlewedTheHardest) {
  DemoMachine machine(0ms, Ppm{0});
  const Ppm most = machine.driver().max_frequency();
  core::ClockReading last = machine.clock().now();
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(machine.driver().set_frequency(i % 2 == 0 ? -most : most));
    const core::ClockReading now = machine.clock().now();
    ASSERT_GE(now.wall, last.wall);
    ASSERT_GE(now.mono, last.mono);
    ASSERT_GE(now.raw, last.raw);
    last = now;
  }
}

TEST(DemoMachine, NoReaderOfAnyThreadSeesItGoBack) {
  DemoMachine machine(0ms, Ppm{23});
  std::atomic<bool> went_back{false};
  std::vector<std::jthread> readers;
  readers.reserve(3);
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([&] {
      WallTime last = machine.clock().now().wall;
      for (int i = 0; i < 1000; ++i) {
        const WallTime now = machine.clock().now().wall;
        if (now < last) went_back = true;
        last = now;
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    (void)machine.driver().set_frequency(Ppm{i % 2 == 0 ? 250'000.0 : -250'000.0});
    (void)machine.driver().start_singleshot(1ms);
    (void)machine.driver().read_back();
  }
  readers.clear();
  EXPECT_FALSE(went_back);
}

TEST(DemoMachine, TruthRunsFasterThanASlowOscillatorByItsPpm) {
  DemoMachine machine(0ms, Ppm{100'000});
  const core::ClockReading before = machine.clock().now();
  while (machine.clock().now().raw - before.raw < 20ms) {
  }
  const Nanos passed = machine.clock().now().raw - before.raw;
  EXPECT_GE(machine.true_offset(), from_seconds(0.1 * to_seconds(passed)));
}

TEST(DemoMachine, RefusesWhatItsKernelCannotDo) {
  DemoMachine machine(0ms, Ppm{0});
  EXPECT_FALSE(machine.driver().set_frequency(machine.driver().max_frequency() * 2.0));
}

TEST(DemoMachine, KeepsNoDriftFile) {
  DemoMachine machine(0ms, Ppm{0});
  EXPECT_TRUE(machine.drift().save({Ppm{1}, Ppm{1}}));
  EXPECT_FALSE(machine.drift().load());
}

}  // namespace
}  // namespace slewd::lab
