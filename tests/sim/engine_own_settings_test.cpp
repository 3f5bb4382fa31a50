// SPDX-License-Identifier: Apache-2.0
// Settings that a source has for itself: its polls, its family of addresses.
#include <gtest/gtest.h>

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;

core::SourceConfig line(const std::string& name) {
  core::SourceConfig config;
  config.name = config.host = name;
  return config;
}

sim::ServerHost& serve(EngineWorld& run, const std::string& name, const core::Endpoint& endpoint) {
  sim::ServerHost& server =
      run.world.add_server({.name = name, .endpoint = endpoint, .up = kLan, .down = kLan});
  run.client.resolver().set(name, {endpoint});
  return server;
}

core::CoreConfig with_lines(const std::vector<core::SourceConfig>& lines) {
  core::CoreConfig config = with_long_polls();
  config.sources = lines;
  return config;
}

std::uint64_t in_an_hour(EngineWorld& run, const sim::ServerHost& server) {
  const std::uint64_t before = server.requests;
  run.world.run_for(1h);
  return server.requests - before;
}

TEST(EngineOwnSettings, ASourceIsPolledWithinItsOwnRangeAndTheOthersWithinTheCommonOne) {
  core::SourceConfig near = line("near");
  near.poll = core::PollRange{16s, 16s};
  EngineWorld run(3, ten_off(), with_lines({near, line("far"), line("other")}));
  const sim::ServerHost& often = serve(run, "near", sim::ipv4(169, 254, 169, 123));
  const sim::ServerHost& rarely = serve(run, "far", sim::ipv4(192, 0, 2, 2));
  serve(run, "other", sim::ipv4(192, 0, 2, 3));
  run.start();
  run.world.run_for(2h);
  const std::uint64_t others = rarely.requests;
  EXPECT_NEAR(static_cast<double>(in_an_hour(run, often)), 3600.0 / 16.2, 40);
  EXPECT_LE(rarely.requests - others, 56U) << "the common packet budget";
  expect_sound(run);
}

TEST(EngineOwnSettings, APrivateServerMayBePolledSeveralTimesASecondAndAPublicOneMayNot) {
  core::SourceConfig own = line("own");
  core::SourceConfig open = line("open");
  own.poll = open.poll = core::PollRange{125ms, 250ms};
  EngineWorld run(4, ten_off(), with_lines({own, open}));
  const sim::ServerHost& often = serve(run, "own", sim::ipv4(10, 0, 0, 1));
  const sim::ServerHost& rarely = serve(run, "open", sim::ipv4(192, 0, 2, 2));
  run.start();
  run.world.run_for(10min);
  const std::uint64_t others = rarely.requests;
  const std::uint64_t own_requests = in_an_hour(run, often);
  EXPECT_GE(own_requests, 4 * 3600U - 1000U);
  EXPECT_LE(own_requests, 8 * 3600U);
  EXPECT_LE(rarely.requests - others, 3600U);
  EXPECT_GE(rarely.requests - others, 3000U);
  EXPECT_LT(run.largest_error(), 11ms);
  expect_sound(run);
}

TEST(EngineOwnSettings, AddressesOfAnotherFamilyAreNotUsed) {
  core::SourceConfig four = line("both");
  four.family = core::AddressFamily::ipv4;
  core::SourceConfig six = line("four");
  six.family = core::AddressFamily::ipv6;
  EngineWorld run(5, ten_off(), with_lines({four, six}));
  serve(run, "both", sim::ipv4(192, 0, 2, 2));
  core::Endpoint other{.ipv6 = true, .port = 123};
  other.address[0] = std::byte{0xfd};
  run.client.resolver().set("both", {other, sim::ipv4(192, 0, 2, 2)});
  run.client.resolver().set("four", {sim::ipv4(192, 0, 2, 2)});
  run.start();
  run.world.run_for(1min);
  const auto sources = run.snapshot()->sources;
  ASSERT_EQ(sources.size(), 2U);
  EXPECT_EQ(sources[0].address, "192.0.2.2:123");
  EXPECT_EQ(sources[1].reason, "the name has no IPv6 address");
}

}  // namespace
}  // namespace slewd::tests
