// SPDX-License-Identifier: Apache-2.0
#include "agent/core/ntp/packet.hpp"

#include <random>

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace slewd::core {
namespace {

NtpPacket random_packet(std::mt19937_64& random) {
  NtpPacket packet;
  packet.leap = static_cast<Leap>(random() % 4);
  packet.version = static_cast<std::uint8_t>(1 + random() % 4);
  packet.mode = static_cast<NtpMode>(random() % 8);
  packet.stratum = static_cast<std::uint8_t>(random());
  packet.poll = static_cast<std::int8_t>(random());
  packet.precision = static_cast<std::int8_t>(random());
  packet.root_delay.bits = static_cast<std::uint32_t>(random());
  packet.root_dispersion.bits = static_cast<std::uint32_t>(random());
  packet.refid = static_cast<std::uint32_t>(random());
  packet.reference.bits = random();
  packet.origin.bits = random();
  packet.receive.bits = random();
  packet.transmit.bits = random();
  return packet;
}

TEST(Packet, RoundTripsEveryField) {
  const std::uint64_t seed = 11;
  std::mt19937_64 random(seed);
  for (int i = 0; i < 1000; ++i) {
    const NtpPacket packet = random_packet(random);
    const auto decoded = decode(encode(packet));
    ASSERT_TRUE(decoded) << "seed " << seed;
    EXPECT_EQ(*decoded, packet) << "seed " << seed;
  }
}

TEST(Packet, LaysTheFieldsWhereRfc5905Says) {
  NtpPacket packet;
  packet.mode = NtpMode::client;
  packet.transmit.bits = 0x0102030405060708ULL;
  const auto bytes = encode(packet);
  EXPECT_EQ(std::to_integer<int>(bytes[0]), 0x23);  // LI 0, version 4, mode 3
  EXPECT_EQ(std::to_integer<int>(bytes[40]), 1);
  EXPECT_EQ(std::to_integer<int>(bytes[47]), 8);
}

TEST(Packet, RefusesWrongLengthsAndVersions) {
  std::vector<std::byte> bytes(limits::kNtpPacketBytes + 1, std::byte{0x24});
  EXPECT_FALSE(decode(std::span(bytes).first(47)));
  EXPECT_TRUE(decode(std::span(bytes).first(48)));
  EXPECT_FALSE(decode(bytes));
  bytes[0] = std::byte{0x04};  // version 0
  EXPECT_FALSE(decode(std::span(bytes).first(48)));
  bytes[0] = std::byte{0x2c};  // version 5
  EXPECT_FALSE(decode(std::span(bytes).first(48)));
}

TEST(Packet, KnowsTheKissCodes) {
  NtpPacket packet;
  packet.stratum = 0;
  packet.refid = refid_of("RATE");
  EXPECT_EQ(kiss_of(packet), Kiss::rate);
  packet.refid = refid_of("DENY");
  EXPECT_EQ(kiss_of(packet), Kiss::deny);
  packet.refid = refid_of("RSTR");
  EXPECT_EQ(kiss_of(packet), Kiss::restrict);
  packet.refid = refid_of("INIT");
  EXPECT_EQ(kiss_of(packet), Kiss::other);
  packet.stratum = 1;
  EXPECT_EQ(kiss_of(packet), Kiss::none);
}

TEST(Packet, PrintsReferenceIdentifiersByStratum) {
  EXPECT_EQ(format_refid(refid_of("GPS"), 1), "GPS");
  EXPECT_EQ(format_refid(0xC0000201U, 2), "C0000201") << "an address or the hash of one";
  EXPECT_EQ(format_refid(0x46B45C7CU, 3), "46B45C7C");
  EXPECT_EQ(format_refid(0x00000001U, 2), "00000001");
  EXPECT_EQ(format_refid(0x47010A53U, 1), "GS");  // unprintable bytes never reach a terminal
}

}  // namespace
}  // namespace slewd::core
