// SPDX-License-Identifier: Apache-2.0
#include "sim/network.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "agent/core/ntp/packet.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

class VirtualNetworkTest : public testing::Test {
 protected:
  struct Received {
    core::SocketId socket;
    core::NtpPacket packet;
    RawTime raw;
  };

  VirtualNetworkTest() {
    network_.deliver_to([this](const core::Datagram& datagram) {
      const auto packet = core::decode(datagram.bytes);
      ASSERT_TRUE(packet);
      received_.push_back({datagram.socket, *packet, datagram.raw});
    });
  }
  ServerHost& add(LinkLaw up, LinkLaw down) {
    ServerHost host;
    host.name = "a";
    host.endpoint = kServer;
    host.up = up;
    host.down = down;
    host.turnaround = 1ms;
    return internet_.add(std::move(host));
  }
  [[nodiscard]] RawTime raw() const { return RawTime{queue_.now() - kWorldStart}; }
  Result<RawTime> ask(core::SocketId socket) {
    core::NtpPacket request;
    request.transmit.bits = 0x1234;
    return network_.send(socket, core::encode(request));
  }

  const core::Endpoint kServer = ipv4(192, 0, 2, 1);
  EventQueue queue_{kWorldStart};
  Internet internet_{queue_, 1};
  VirtualNetwork network_{internet_, "client", [this] { return raw(); }};
  std::vector<Received> received_;
};

TEST_F(VirtualNetworkTest, CarriesARequestAndItsReplyWithTrueTimesInBetween) {
  add({.delay = 10ms}, {.delay = 30ms});
  const auto socket = network_.open_client(kServer, {});
  ASSERT_TRUE(socket);
  queue_.run_until(kWorldStart + 5s);
  const auto sent = ask(*socket);
  ASSERT_TRUE(sent);
  EXPECT_EQ(*sent, RawTime{5s});
  queue_.run_until(kWorldStart + 6s);
  ASSERT_EQ(received_.size(), 1U);
  EXPECT_EQ(received_[0].socket, *socket);
  EXPECT_EQ(received_[0].raw, RawTime{5s + 41ms});
  const WallTime now = to_wall(kWorldStart);
  EXPECT_EQ(core::from_ntp(received_[0].packet.receive, now), now + 5s + 10ms);
  EXPECT_EQ(core::from_ntp(received_[0].packet.transmit, now), now + 5s + 11ms);
  EXPECT_EQ(received_[0].packet.origin.bits, 0x1234U);
}

TEST_F(VirtualNetworkTest, LosesWhatIsSentToNobody) {
  const auto socket = network_.open_client(ipv4(192, 0, 2, 77), {});
  ASSERT_TRUE(socket);
  EXPECT_TRUE(ask(*socket));
  queue_.run_until(kWorldStart + 1min);
  EXPECT_TRUE(received_.empty());
}

TEST_F(VirtualNetworkTest, DropsRepliesToClosedSockets) {
  add({.delay = 10ms}, {.delay = 10ms});
  const auto socket = network_.open_client(kServer, {});
  ASSERT_TRUE(ask(*socket));
  network_.close(*socket);
  EXPECT_EQ(network_.open_sockets(), 0U);
  queue_.run_until(kWorldStart + 1s);
  EXPECT_TRUE(received_.empty());
  const auto again = ask(*socket);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::invalid);
}

TEST_F(VirtualNetworkTest, NeverReusesASocket) {
  const auto first = network_.open_client(kServer, {});
  network_.close(*first);
  const auto second = network_.open_client(kServer, {});
  EXPECT_NE(*first, *second);
}

TEST_F(VirtualNetworkTest, DeliversDuplicatesTwice) {
  ServerHost& host = add({.delay = 1ms}, {.delay = 1ms, .jitter = 1ms, .duplicate = 1});
  const auto socket = network_.open_client(kServer, {});
  ASSERT_TRUE(ask(*socket));
  queue_.run_until(kWorldStart + 1s);
  ASSERT_EQ(received_.size(), 2U);
  EXPECT_EQ(received_[0].packet, received_[1].packet);
  EXPECT_EQ(host.requests, 1U);
}

TEST_F(VirtualNetworkTest, LetsLaterPacketsOvertakeOnesHeldBack) {
  ServerHost& host = add({.delay = 1ms, .hold_back = 1, .held_for = 3s}, {.delay = 1ms});
  const auto early = network_.open_client(kServer, {});
  const auto late = network_.open_client(kServer, {});
  ASSERT_TRUE(ask(*early));
  host.up.hold_back = 0;
  queue_.run_until(kWorldStart + 1s);
  ASSERT_TRUE(ask(*late));
  queue_.run_until(kWorldStart + 10s);
  ASSERT_EQ(received_.size(), 2U);
  EXPECT_EQ(received_[0].socket, *late);
  EXPECT_EQ(received_[1].socket, *early);
}

TEST_F(VirtualNetworkTest, FailsWhileDownAndDeliversNothing) {
  add({.delay = 10ms}, {.delay = 10ms});
  const auto socket = network_.open_client(kServer, {});
  ASSERT_TRUE(ask(*socket));
  network_.set_up(false);
  const auto sent = ask(*socket);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code(), ErrorCode::unavailable);
  EXPECT_FALSE(network_.open_client(kServer, {}));
  queue_.run_until(kWorldStart + 1s);
  EXPECT_TRUE(received_.empty());
}

TEST_F(VirtualNetworkTest, ASilentServerCountsTheRequestAndDoesNotAnswer) {
  ServerHost& host = add({.delay = 1ms}, {.delay = 1ms});
  host.personality.manner = ServerManner::silent;
  const auto socket = network_.open_client(kServer, {});
  ASSERT_TRUE(ask(*socket));
  queue_.run_until(kWorldStart + 1s);
  EXPECT_EQ(host.requests, 1U);
  EXPECT_TRUE(received_.empty());
}

TEST_F(VirtualNetworkTest, LetsTwoClocksAnswerBehindOneAddressByChance) {
  ServerHost& host = add({.delay = 1ms}, {.delay = 1ms});
  host.personality.offset = 20ms;
  host.companion = Companion{.apart = 100ms, .chance = 0.25};
  const auto socket = network_.open_client(kServer, {});
  constexpr int kAsked = 4000;
  for (int i = 0; i < kAsked; ++i) ASSERT_TRUE(ask(*socket));
  queue_.run_until(kWorldStart + 1s);
  ASSERT_EQ(received_.size(), std::size_t{kAsked});
  int second = 0;
  const WallTime now = to_wall(kWorldStart);
  for (const Received& each : received_) {
    const Nanos ahead = core::from_ntp(each.packet.receive, now) - (now + 1ms);
    ASSERT_TRUE(ahead == 20ms || ahead == 120ms);
    if (ahead == 120ms) ++second;
  }
  EXPECT_NEAR(second, 0.25 * kAsked, 120);
}

TEST_F(VirtualNetworkTest, InjectsForgedPackets) {
  const auto socket = network_.open_client(kServer, {});
  network_.inject(*socket, core::encode({}));
  ASSERT_EQ(received_.size(), 1U);
  EXPECT_EQ(received_[0].raw, RawTime{0s});
}

}  // namespace
}  // namespace slewd::sim
