// SPDX-License-Identifier: Apache-2.0
#include "sim/ntp_server.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kReceive{1'767'225'600s};
constexpr WallTime kTransmit = kReceive + 20us;

core::NtpPacket request() {
  core::NtpPacket packet;
  packet.poll = 6;
  packet.transmit.bits = 0xfeed'beef'1234'5678U;
  return packet;
}

core::NtpPacket reply_of(const Personality& personality) {
  const auto bytes = serve(personality, core::encode(request()), kReceive, kTransmit);
  EXPECT_TRUE(bytes);
  const auto reply = core::decode(*bytes);
  EXPECT_TRUE(reply);
  return *reply;
}

TEST(NtpServer, AnswersAClientWithItsTimeAndItsStanding) {
  const core::NtpPacket reply = reply_of({.stratum = 2,
                                          .refid = 0xc0000201,
                                          .leap = core::Leap::insert,
                                          .precision = -20,
                                          .root_delay = 12ms,
                                          .root_dispersion = 3ms});
  EXPECT_EQ(reply.mode, core::NtpMode::server);
  EXPECT_EQ(reply.version, 4);
  EXPECT_EQ(reply.stratum, 2);
  EXPECT_EQ(reply.refid, 0xc0000201U);
  EXPECT_EQ(reply.leap, core::Leap::insert);
  EXPECT_EQ(reply.poll, 6);
  EXPECT_EQ(reply.precision, -20);
  EXPECT_EQ(reply.origin, request().transmit);
  EXPECT_EQ(reply.receive, core::to_ntp(kReceive));
  EXPECT_EQ(reply.transmit, core::to_ntp(kTransmit));
  EXPECT_NEAR(to_seconds(core::from_ntp(reply.root_delay)), 12e-3, 2e-5);
  EXPECT_NEAR(to_seconds(core::from_ntp(reply.root_dispersion)), 3e-3, 2e-5);
  EXPECT_LT(core::from_ntp(reply.reference, kReceive), kReceive);
}

TEST(NtpServer, ShowsItsOffsetInBothTimestamps) {
  const core::NtpPacket reply = reply_of({.offset = -500ms});
  EXPECT_EQ(core::from_ntp(reply.receive, kReceive), kReceive - 500ms);
  EXPECT_EQ(core::from_ntp(reply.transmit, kReceive), kTransmit - 500ms);
}

TEST(NtpServer, GainsByItsDriftOnTopOfItsOffset) {
  const Personality drifting{
      .offset = 1s, .drift = Ppm{500}, .drifts_since = kReceive - std::chrono::seconds(100)};
  const core::NtpPacket reply = reply_of(drifting);
  EXPECT_EQ(core::from_ntp(reply.receive, kReceive), kReceive + 1s + 50ms);
  EXPECT_EQ(core::from_ntp(reply.transmit, kReceive), kTransmit + 1s + 50ms + 10ns);
}

TEST(NtpServer, SendsKissCodesWithTheOriginOfTheRequest) {
  const std::vector<std::pair<ServerManner, core::Kiss>> kisses{
      {ServerManner::kiss_rate, core::Kiss::rate},
      {ServerManner::kiss_deny, core::Kiss::deny},
      {ServerManner::kiss_restrict, core::Kiss::restrict}};
  for (const auto& [manner, kiss] : kisses) {
    const core::NtpPacket reply = reply_of({.manner = manner});
    EXPECT_EQ(core::kiss_of(reply), kiss);
    EXPECT_EQ(reply.leap, core::Leap::unknown);
    EXPECT_EQ(reply.origin, request().transmit);
  }
}

TEST(NtpServer, SaysWhenItIsUnsynchronised) {
  const core::NtpPacket reply = reply_of({.manner = ServerManner::unsynchronised});
  EXPECT_EQ(reply.leap, core::Leap::unknown);
  EXPECT_EQ(reply.stratum, 0);
  EXPECT_EQ(reply.refid, 0U);
  EXPECT_TRUE(reply.reference.is_unknown());
}

TEST(NtpServer, GetsTheOriginWrongWhenToldTo) {
  const core::NtpPacket reply = reply_of({.manner = ServerManner::bogus_origin});
  EXPECT_NE(reply.origin, request().transmit);
  EXPECT_EQ(reply.transmit, core::to_ntp(kTransmit));
}

TEST(NtpServer, KeepsSilentWhenToldTo) {
  EXPECT_FALSE(
      serve({.manner = ServerManner::silent}, core::encode(request()), kReceive, kTransmit));
}

TEST(NtpServer, EchoesOlderVersions) {
  core::NtpPacket old = request();
  old.version = 3;
  const auto reply = core::decode(*serve({}, core::encode(old), kReceive, kTransmit));
  EXPECT_EQ(reply->version, 3);
}

TEST(NtpServer, IgnoresWhatIsNoClientRequest) {
  core::NtpPacket packet = request();
  for (const core::NtpMode mode :
       {core::NtpMode::reserved, core::NtpMode::symmetric_active, core::NtpMode::server,
        core::NtpMode::broadcast, core::NtpMode::control, core::NtpMode::private_use}) {
    packet.mode = mode;
    EXPECT_FALSE(serve({}, core::encode(packet), kReceive, kTransmit));
  }
  const auto whole = core::encode(request());
  EXPECT_FALSE(serve({}, std::span(whole).first(47), kReceive, kTransmit));
  EXPECT_FALSE(serve({}, {}, kReceive, kTransmit));
}

TEST(NtpServer, AnswersARequestWithExtensionFieldsByAPlainHeader) {
  std::vector<std::byte> longer(120);
  const auto head = core::encode(request());
  std::copy(head.begin(), head.end(), longer.begin());
  const auto reply = serve({}, longer, kReceive, kTransmit);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->size(), core::kNtpHeaderBytes);
}

}  // namespace
}  // namespace slewd::sim
