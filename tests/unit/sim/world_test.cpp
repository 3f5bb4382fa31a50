// SPDX-License-Identifier: Apache-2.0
#include "sim/world.hpp"

#include <cmath>
#include <memory>

#include <gtest/gtest.h>

#include "agent/core/ntp/packet.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

// The plainest client there can be: polls one server by name, halves the offset that it measures.
class PlainClient {
 public:
  explicit PlainClient(ClientMachine& machine) : machine_(machine) {
    machine_.on_datagram([this](const core::Datagram& datagram) { on_datagram(datagram); });
    machine_.resolver().lookup("a", 123, [this](Result<std::vector<core::Endpoint>> found) {
      ASSERT_TRUE(found);
      socket_ = *machine_.network().open_client(found->front(), {});
      poll();
    });
  }
  [[nodiscard]] int updates() const { return updates_; }

 private:
  void poll() {
    core::NtpPacket request;
    request.transmit.bits = machine_.entropy().next();
    cookie_ = request.transmit;
    sent_wall_ = machine_.clock().now().wall;
    ASSERT_TRUE(machine_.network().send(socket_, core::encode(request)));
    machine_.timers().at(machine_.clock().now().mono + 64s, [this] { poll(); });
  }

  void on_datagram(const core::Datagram& datagram) {
    const auto reply = core::decode(datagram.bytes);
    if (!reply || !(reply->origin == cookie_)) return;
    const WallTime now = machine_.clock().now().wall;
    const Nanos up = core::from_ntp(reply->receive, now) - sent_wall_;
    const Nanos down = core::from_ntp(reply->transmit, now) - now;
    const Nanos offset = (up + down) / 2;
    ++updates_;
    ASSERT_TRUE(machine_.driver().start_singleshot(offset / 2));
  }

  ClientMachine& machine_;
  core::SocketId socket_{};
  core::NtpTimestamp cookie_;
  WallTime sent_wall_;
  int updates_ = 0;
};

ServerHost server_a() {
  ServerHost host;
  host.name = "a";
  host.endpoint = ipv4(192, 0, 2, 1);
  host.up = {.delay = 200us, .jitter = 100us, .loss = 0.05, .duplicate = 0.01, .hold_back = 0.01};
  host.down = host.up;
  return host;
}

ClientConfig vm_client() {
  ClientConfig config;
  config.offset = 10ms;
  config.oscillator = {.frequency = Ppm{10}, .wander = 1e-8};
  return config;
}

// A polling client, a 1 Hz watch of its clock, an external step and a pause.
std::uint64_t trace_of(std::uint64_t seed, Nanos length) {
  World world(seed);
  world.add_server(server_a());
  ClientMachine& machine = world.add_client(vm_client());
  PlainClient client(machine);
  std::function<void()> watch = [&] {
    world.trace({machine.clock().now().wall.since_epoch.count()});
    machine.timers().at(machine.clock().now().mono + 1s, watch);
  };
  watch();
  world.after(length / 3, [&] { machine.kernel().step(-50ms); });
  world.after(length / 2, [&] { machine.pause(1s); });
  world.run_for(length);
  EXPECT_GT(client.updates(), length / 80s);
  EXPECT_GT(world.events_run(), static_cast<std::uint64_t>(length / 1s));
  return world.trace_hash();
}

TEST(World, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const std::uint64_t hash = trace_of(1, 24h);
  EXPECT_EQ(trace_of(1, 24h), hash);
  EXPECT_NE(trace_of(2, 24h), hash);
}

// One number for g++ and clang, -O0 and -O2, with and without sanitizers. A change of a model
// changes it: then every build must show the same new one.
TEST(World, HasOneTraceHashForAllCompilers) {
  EXPECT_EQ(trace_of(20'260'101, 72h), 10'619'656'016'931'230'751U);
}

TEST(World, LetsAClientFindTheTruthThroughItsPorts) {
  World world(7);
  ServerHost& server = world.add_server(server_a());
  server.up.hold_back = server.down.hold_back = 0;  // half a second of error, each one
  ClientMachine& machine = world.add_client(vm_client());
  PlainClient client(machine);
  world.run_for(6h);
  double squares = 0;
  int samples = 0;
  world.every(10s, [&] {
    const double offset = to_seconds(machine.true_offset());
    squares += offset * offset;
    ++samples;
  });
  world.run_for(12h);
  ASSERT_EQ(samples, 4320);
  EXPECT_LT(std::sqrt(squares / samples), 3e-3);
}

TEST(World, AddingAMachineDoesNotDisturbTheOthers) {
  const auto offset_after = [](bool with_company) {
    World world(5);
    world.add_server(server_a());
    ClientMachine& machine = world.add_client(vm_client());
    PlainClient client(machine);
    std::unique_ptr<PlainClient> company;
    if (with_company) {
      ClientConfig config = vm_client();
      config.name = "company";
      company = std::make_unique<PlainClient>(world.add_client(config));
    }
    world.run_for(24h);
    return machine.true_offset();
  };
  EXPECT_EQ(offset_after(false), offset_after(true));
}

TEST(World, ResolvesServersThatWereAddedBeforeAndAfterTheClient) {
  World world(1);
  ServerHost early = server_a();
  world.add_server(early);
  ClientMachine& client = world.add_client();
  ServerHost late = server_a();
  late.name = "b";
  late.endpoint = ipv4(192, 0, 2, 2);
  world.add_server(late);
  int resolved = 0;
  for (const char* name : {"a", "b"})
    client.resolver().lookup(name, 123, [&](Result<std::vector<core::Endpoint>> found) {
      if (found) ++resolved;
    });
  world.run_for(1s);
  EXPECT_EQ(resolved, 2);
}

TEST(World, RunsUntilAConditionOrItsLimit) {
  World world(1);
  ClientMachine& client = world.add_client(vm_client());
  int seconds = 0;
  world.every(1s, [&] { ++seconds; });
  EXPECT_TRUE(world.run_until([&] { return seconds == 30; }, 1h));
  EXPECT_EQ(world.now(), kWorldStart + 30s);
  EXPECT_FALSE(world.run_until([&] { return client.true_offset() > 1h; }, 10s));
  EXPECT_EQ(world.now(), kWorldStart + 40s);
}

}  // namespace
}  // namespace slewd::sim
