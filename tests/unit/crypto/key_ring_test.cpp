// SPDX-License-Identifier: Apache-2.0
#include "agent/crypto/key_ring.hpp"

#include <array>

#include <gtest/gtest.h>

#include "base/limits.hpp"

#include "tests/unit/crypto/hex.hpp"

namespace slewd::crypto {
namespace {

// Digests of counting(48), computed with Python's hashlib and cryptography.
struct Known {
  KeyId id;
  const char* digest;
};
constexpr std::array kKnown{
    Known{1, "b46dd8856c4fee713a9243e917f1fdb7"},
    Known{2, "0c00787f59088fb8343d8597f6650bc5"},
    Known{3, "57dc9dda0a48d12289ffef427b0ec2057f998bfb"},
    Known{0x01020304, "a03f32571504b4138d76d44a54fe953c"},
};

KeyRing ring() {
  return *KeyRing::parse(
      "1 AES128 hex:2b7e151628aed2a6abf7158809cf4f3c\n"
      "2 AES256 hex:603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4\n"
      "3 SHA1 secret\n"
      "16909060 MD5 secret\n",
      "keys", WeakDigests::allow);
}

TEST(KeyRing, AppendsIdAndDigestAndTakesThemOffAgain) {
  const KeyRing keys = ring();
  EXPECT_EQ(keys.size(), 4U);
  const Bytes packet = counting(48);
  for (const Known& known : kKnown) {
    SCOPED_TRACE(known.id);
    const auto sealed = keys.seal(known.id, packet);
    ASSERT_TRUE(sealed.has_value()) << sealed.error().describe();
    EXPECT_EQ(to_hex(std::span(*sealed).first(48)), to_hex(packet));
    EXPECT_EQ(to_hex(std::span(*sealed).subspan(52)), known.digest);
    const auto opened = keys.open(known.id, *sealed);
    ASSERT_TRUE(opened.has_value()) << opened.error().describe();
    EXPECT_EQ(to_hex(*opened), to_hex(packet));
  }
  const Bytes last = *keys.seal(0x01020304, packet);
  EXPECT_EQ(to_hex(std::span(last).subspan(48, 4)), "01020304");
}

TEST(KeyRing, NoticesEveryChangedBit) {
  const KeyRing keys = ring();
  for (const Known& known : kKnown) {
    const Bytes sealed = *keys.seal(known.id, counting(48));
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
      Bytes forged = sealed;
      forged[bit / 8] ^= std::byte{1} << (bit % 8);
      const auto opened = keys.open(known.id, forged);
      ASSERT_FALSE(opened.has_value()) << "key " << known.id << " bit " << bit;
      EXPECT_EQ(opened.error().code(), ErrorCode::permission);
    }
  }
}

TEST(KeyRing, OpensWithTheKeyThatWeChoseOnly) {
  const KeyRing keys = ring();
  const Bytes sealed = *keys.seal(1, counting(48));
  EXPECT_EQ(keys.open(2, sealed).error().code(), ErrorCode::permission);
  EXPECT_EQ(keys.open(3, sealed).error().code(), ErrorCode::permission);
  EXPECT_EQ(keys.open(9, sealed).error().code(), ErrorCode::not_found);
  EXPECT_EQ(keys.seal(9, counting(48)).error().describe(), "key 9 is not in the key file");
}

TEST(KeyRing, RefusesAPacketWithoutAMacAndTellsACryptoNakApart) {
  const KeyRing keys = ring();
  EXPECT_EQ(keys.open(1, counting(48)).error().code(), ErrorCode::permission);
  EXPECT_EQ(keys.open(1, {}).error().code(), ErrorCode::permission);
  Bytes nak = counting(48);
  nak.resize(52);
  const auto opened = keys.open(1, nak);
  EXPECT_EQ(opened.error().code(), ErrorCode::permission);
  EXPECT_NE(opened.error().describe().find("crypto-NAK"), std::string::npos);
  Bytes cut = *keys.seal(1, counting(48));
  while (!cut.empty()) {
    cut.pop_back();
    EXPECT_FALSE(keys.open(1, cut).has_value()) << cut.size();
  }
}

TEST(KeyRing, CoversExtensionFields) {
  const KeyRing keys = ring();
  const Bytes packet = counting(76);
  const Bytes sealed = *keys.seal(3, packet);
  EXPECT_EQ(sealed.size(), 76U + 24U);
  EXPECT_EQ(to_hex(*keys.open(3, sealed)), to_hex(packet));
}

TEST(KeyRing, SealsOnlyWhatIsAPacketAndHasRoom) {
  const KeyRing keys = ring();
  for (const std::size_t size : {0U, 44U, 47U, 50U})
    EXPECT_EQ(keys.seal(1, counting(size)).error().code(), ErrorCode::invalid) << size;
  EXPECT_TRUE(keys.seal(1, counting(limits::kNtpPacketBytes - 20)).has_value());
  EXPECT_EQ(keys.seal(1, counting(limits::kNtpPacketBytes - 16)).error().code(), ErrorCode::limit);
}

TEST(KeyRing, FindsNothingWhenEmpty) {
  EXPECT_EQ(KeyRing().find(1), nullptr);
  EXPECT_FALSE(KeyRing::parse("1 MD5 secret", "keys").has_value());
}

}  // namespace
}  // namespace slewd::crypto
