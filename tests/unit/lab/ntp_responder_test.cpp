// SPDX-License-Identifier: Apache-2.0
#include "lab/demo/ntp_responder.hpp"

#include <array>
#include <optional>
#include <span>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "agent/core/ntp/packet.hpp"
#include "base/limits.hpp"

namespace slewd::lab {
namespace {

using namespace std::chrono_literals;

// One datagram to a loopback port and what comes back within `patience_ms`.
std::optional<core::NtpPacket> ask(std::uint16_t port, std::span<const std::byte> request,
                                   int patience_ms = 10'000) {
  const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_GE(::send(fd.get(), request.data(), request.size(), 0), 0);
  pollfd wait{fd.get(), POLLIN, 0};
  if (::poll(&wait, 1, patience_ms) != 1) return std::nullopt;
  std::array<std::byte, limits::kNtpPacketBytes> buffer{};
  const ssize_t got = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
  if (got < 0) return std::nullopt;
  const auto packet = core::decode(std::span(buffer).first(static_cast<std::size_t>(got)));
  return packet ? std::optional(*packet) : std::nullopt;
}

std::array<std::byte, core::kNtpHeaderBytes> request() {
  core::NtpPacket packet;
  packet.transmit.bits = 0x0123456789abcdefULL;
  return core::encode(packet);
}

TEST(NtpResponder, AnswersARealRequestWithTheTruth) {
  DemoMachine machine(10s, Ppm{0});
  const auto servers = NtpResponder::start(machine, {{.stratum = 1}});
  ASSERT_TRUE(servers) << servers.error().describe();
  ASSERT_EQ((*servers)->ports().size(), 1U);
  const WallTime before = machine.truth();
  const auto reply = ask((*servers)->ports()[0], request());
  const WallTime after = machine.truth();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->mode, core::NtpMode::server);
  EXPECT_EQ(reply->stratum, 1);
  EXPECT_EQ(reply->origin.bits, 0x0123456789abcdefULL);
  const WallTime received = core::from_ntp(reply->receive, before);
  const WallTime sent = core::from_ntp(reply->transmit, before);
  EXPECT_GE(received + 1us, before);
  EXPECT_LE(received, sent);
  EXPECT_LE(sent, after + 1us);
}

TEST(NtpResponder, EachPersonalityHasAPortOfItsOwn) {
  DemoMachine machine(0ms, Ppm{0});
  const auto servers =
      NtpResponder::start(machine, {{.stratum = 1}, {.stratum = 2, .offset = -60s}});
  ASSERT_TRUE(servers);
  ASSERT_EQ((*servers)->ports().size(), 2U);
  EXPECT_NE((*servers)->ports()[0], (*servers)->ports()[1]);
  EXPECT_EQ(ask((*servers)->ports()[0], request())->stratum, 1);
  const auto late = ask((*servers)->ports()[1], request());
  ASSERT_TRUE(late);
  EXPECT_EQ(late->stratum, 2);
  EXPECT_LT(core::from_ntp(late->transmit, machine.truth()), machine.truth() - 59s);
}

TEST(NtpResponder, NonsenseIsLeftUnansweredAndDoesNotStopIt) {
  DemoMachine machine(0ms, Ppm{0});
  const auto servers = NtpResponder::start(machine, {{}});
  ASSERT_TRUE(servers);
  const std::uint16_t port = (*servers)->ports()[0];
  const std::array<std::byte, 3> small{};
  const std::array<std::byte, 2000> large{};
  EXPECT_FALSE(ask(port, {}, 10));
  EXPECT_FALSE(ask(port, small, 10));
  EXPECT_FALSE(ask(port, large, 10));
  EXPECT_TRUE(ask(port, request()));
}

}  // namespace
}  // namespace slewd::lab
