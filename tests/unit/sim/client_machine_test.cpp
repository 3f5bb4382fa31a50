// SPDX-License-Identifier: Apache-2.0
#include "sim/client_machine.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "sim/world.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

TEST(ClientMachine, StartsWithTheOffsetAndUptimeItWasGiven) {
  World world(1);
  ClientMachine& behind = world.add_client({.name = "behind", .offset = 11s, .uptime = 2h});
  ClientMachine& ahead = world.add_client({.name = "ahead", .offset = -11s});
  EXPECT_EQ(behind.true_offset(), 11s);
  EXPECT_EQ(ahead.true_offset(), -11s);
  const core::ClockReading now = behind.clock().now();
  EXPECT_EQ(now.mono, MonoTime{2h});
  EXPECT_EQ(now.boot, BootTime{2h});
  EXPECT_EQ(now.wall, to_wall(kWorldStart) - 11s);
}

TEST(ClientMachine, DriftsAsItsOscillatorDoesUntilTheDriverCorrectsIt) {
  World world(1);
  ClientMachine& client = world.add_client({.oscillator = {.frequency = Ppm{10}, .wander = 0}});
  world.run_for(1000s);
  EXPECT_NEAR(to_seconds(client.true_offset()), -10e-3, 1e-8);  // fast, so ahead
  EXPECT_NEAR(client.true_frequency().value, 10, 1e-6);
  ASSERT_TRUE(client.driver().set_frequency(Ppm{-10}));
  world.run_for(1000s);
  EXPECT_NEAR(to_seconds(client.true_offset()), -10e-3, 1e-6);
  EXPECT_NEAR(client.true_frequency().value, 0, 1e-3);
}

TEST(ClientMachine, HearsOfExternalAndOwnStepsALittleLater) {
  World world(1);
  ClientMachine& client = world.add_client();
  std::vector<Nanos> heard;
  client.on_clock_set([&] { heard.push_back(world.now() - kWorldStart); });
  world.after(10s, [&] { client.kernel().step(-11s); });
  world.run_for(20s);
  ASSERT_TRUE(client.driver().step(11s));
  EXPECT_EQ(heard.size(), 1U);  // never inside the call
  world.run_for(1s);
  EXPECT_EQ(heard, (std::vector<Nanos>{10s + 60us, 20s + 60us}));
  EXPECT_EQ(client.true_offset(), 0s);
}

TEST(ClientMachine, APauseStopsEveryClockAndTellsNobody) {
  World world(1);
  ClientMachine& client = world.add_client();
  bool heard = false;
  client.on_clock_set([&] { heard = true; });
  const core::ClockReading before = client.clock().now();
  client.pause(5s);
  EXPECT_FALSE(client.running());
  world.run_for(5s);
  EXPECT_TRUE(client.running());
  const core::ClockReading after = client.clock().now();
  EXPECT_EQ(after.raw, before.raw);
  EXPECT_EQ(after.mono, before.mono);
  EXPECT_EQ(after.boot, before.boot);
  EXPECT_EQ(client.true_offset(), 5s);
  EXPECT_FALSE(heard);
}

TEST(ClientMachine, ASuspendCountsInBootAndWallAndIsTold) {
  World world(1);
  ClientMachine& client = world.add_client();
  int heard = 0;
  client.on_clock_set([&] { ++heard; });
  const core::ClockReading before = client.clock().now();
  client.suspend(1h, -200ms);
  world.run_for(1h + 10s);
  const core::ClockReading after = client.clock().now();
  EXPECT_EQ(after.raw - before.raw, 10s);
  EXPECT_EQ(after.mono - before.mono, 10s);
  EXPECT_EQ(after.boot - before.boot, 1h + 10s);
  EXPECT_EQ(client.true_offset(), 200ms);
  EXPECT_EQ(heard, 1);
}

TEST(ClientMachine, TimersAndPacketsWaitOutOrMissAPause) {
  World world(1);
  world.add_server({.name = "a",
                    .endpoint = ipv4(192, 0, 2, 1),
                    .personality = {},
                    .up = {.delay = 100ms},
                    .down = {.delay = 100ms}});
  ClientMachine& client = world.add_client();
  int packets = 0;
  client.on_datagram([&](const core::Datagram&) { ++packets; });
  const auto socket = client.network().open_client(ipv4(192, 0, 2, 1), {});
  ASSERT_TRUE(client.network().send(*socket, core::encode({})));
  TrueTime rang;
  client.timers().at(client.clock().now().mono + 2s, [&] { rang = world.now(); });
  client.pause(5s);
  world.run_for(10s);
  EXPECT_EQ(packets, 0);
  EXPECT_EQ(rang, kWorldStart + 7s);
  ASSERT_TRUE(client.network().send(*socket, core::encode({})));
  world.run_for(1s);
  EXPECT_EQ(packets, 1);
}

TEST(ClientMachine, AMigrationShiftsTheFrequencyForGood) {
  World world(1);
  ClientMachine& client = world.add_client();
  client.shift_frequency(Ppm{25});
  world.run_for(1000s);
  EXPECT_NEAR(to_seconds(client.true_offset()), -25e-3, 1e-8);
}

TEST(ClientMachine, ALeapSecondIsHeardAtTheEndOfTheDay) {
  World world(1);
  ClientMachine& client = world.add_client();
  std::vector<Nanos> heard;
  client.on_clock_set([&] { heard.push_back(world.now() - kWorldStart); });
  client.kernel().set_status(kStatusInsert);
  world.every(1s, [&] { static_cast<void>(client.clock().now()); });
  world.run_for(25h);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0], 24h + 60us);
}

TEST(ClientMachine, IsLateWhileItIsBusyAndNoMoreThanUsualAfterwards) {
  World world(1);
  ClientMachine& client = world.add_client();
  client.be_busy(1min, 5ms);
  client.be_busy(30s, 5ms);
  Nanos late{};
  int rang = 0;
  const MonoTime start = client.clock().now().mono;
  for (int i = 1; i <= 180; ++i)
    client.timers().at(start + i * 1s, [&, i] {
      ++rang;
      const Nanos by = client.clock().now().mono - (start + i * 1s);
      if (i <= 60)
        late += by;
      else
        EXPECT_EQ(by, 0s) << i;
    });
  world.run_for(1h);
  EXPECT_EQ(rang, 180);
  EXPECT_NEAR(to_seconds(late) / 60, 5e-3, 2e-3);
}

}  // namespace
}  // namespace slewd::sim
