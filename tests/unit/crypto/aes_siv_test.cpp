// SPDX-License-Identifier: Apache-2.0
#include "agent/crypto/aes_siv.hpp"

#include <random>

#include <gtest/gtest.h>

#include "base/limits.hpp"

#include "tests/unit/crypto/hex.hpp"
#include "tests/unit/test_seed.hpp"

namespace slewd::crypto {
namespace {

constexpr const char* kKeyA1 =
    "fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff";
constexpr const char* kAssociatedA1 = "10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627";

struct Vector {
  const char* name;
  const char* key;
  std::vector<std::string> associated;
  const char* plaintext;
  const char* sealed;
};

// The last three come from other implementations (nettle, OpenSSL 3.5): sizes around one block.
const std::vector<Vector> kVectors = {
    {"RFC 5297 A.1",
     kKeyA1,
     {kAssociatedA1},
     "11223344 55667788 99aabbcc ddee",
     "85632d07 c6e8f37f 950acd32 0a2ecc93 40c02b96 90c4dc04 daef7f6a fe5c"},
    {"RFC 5297 A.2",
     "7f7e7d7c 7b7a7978 77767574 73727170 40414243 44454647 48494a4b 4c4d4e4f",
     {"00112233 44556677 8899aabb ccddeeff deaddada deaddada ffeeddcc bbaa9988 77665544 33221100",
      "10203040 50607080 90a0", "09f91102 9d74e35b d84156c5 635688c0"},
     "74686973 20697320 736f6d65 20706c61 696e7465 78742074 6f20656e 63727970 74207573 696e6720 "
     "5349562d 414553",
     "7bdb6e3b 432667eb 06f4d14b ff2fbd0f cb900f2f ddbe4043 26601965 c889bf17 dba77ceb 094fa663 "
     "b7a3f748 ba8af829 ea64ad54 4a272e9c 485b62a3 fd5c0d"},
    {"empty plaintext",
     kKeyA1,
     {kAssociatedA1, "09f911029d74e35bd84156c5635688c0"},
     "",
     "0c035e01be6d9bd50c002b38d77f1eb0"},
    {"one whole block",
     kKeyA1,
     {kAssociatedA1},
     "000102030405060708090a0b0c0d0e0f",
     "9892bd33bd55f7e955dbd2cbeab4a927388d7c017340b270c47028855ffd0d4f"},
    {"nothing associated",
     kKeyA1,
     {},
     "000102030405060708090a0b0c0d0e0f10",
     "17fcd9a14f83a388a920e34e15ce50dbc486bb9fad93a2d7d9da2cf0b44a5f9372"},
};

std::vector<AesSiv::Bytes> spans_of(const std::vector<Bytes>& components) {
  return {components.begin(), components.end()};
}

TEST(AesSiv, SealsAndOpensTheKnownVectors) {
  for (const Vector& vector : kVectors) {
    SCOPED_TRACE(vector.name);
    std::vector<Bytes> components;
    for (const std::string& text : vector.associated) components.push_back(from_hex(text));
    const auto siv = AesSiv::create(from_hex(vector.key));
    ASSERT_TRUE(siv.has_value());
    const auto sealed = siv->seal(spans_of(components), from_hex(vector.plaintext));
    ASSERT_TRUE(sealed.has_value()) << sealed.error().describe();
    EXPECT_EQ(to_hex(*sealed), to_hex(from_hex(vector.sealed)));
    const auto opened = siv->open(spans_of(components), *sealed);
    ASSERT_TRUE(opened.has_value()) << opened.error().describe();
    EXPECT_EQ(*opened, from_hex(vector.plaintext));
  }
}

TEST(AesSiv, NoticesEveryChangedBit) {
  const auto siv = AesSiv::create(from_hex(kKeyA1));
  ASSERT_TRUE(siv.has_value());
  const Bytes associated = from_hex(kAssociatedA1);
  const std::vector<AesSiv::Bytes> components{associated};
  const Bytes sealed = *siv->seal(components, counting(20));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes forged = sealed;
    forged[bit / 8] ^= std::byte{1} << (bit % 8);
    const auto opened = siv->open(components, forged);
    ASSERT_FALSE(opened.has_value()) << "bit " << bit;
    EXPECT_EQ(opened.error().code(), ErrorCode::permission);
  }
}

TEST(AesSiv, NoticesChangedMissingAndReorderedComponents) {
  const auto siv = AesSiv::create(from_hex(kKeyA1));
  ASSERT_TRUE(siv.has_value());
  const Bytes a = counting(5);
  const Bytes b = counting(6);
  const Bytes joined = from_hex("0001020304 000102030405");
  const std::vector<AesSiv::Bytes> components{a, b};
  const Bytes sealed = *siv->seal(components, counting(3));
  EXPECT_TRUE(siv->open(components, sealed).has_value());
  EXPECT_FALSE(siv->open(std::vector<AesSiv::Bytes>{b, a}, sealed).has_value());
  EXPECT_FALSE(siv->open(std::vector<AesSiv::Bytes>{a}, sealed).has_value());
  EXPECT_FALSE(siv->open(std::vector<AesSiv::Bytes>{joined}, sealed).has_value());
  EXPECT_FALSE(siv->open(std::vector<AesSiv::Bytes>{a, b, {}}, sealed).has_value());
}

TEST(AesSiv, GivesBackEverySizeUnderRandomKeys) {
  const auto seed = test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto some = [&](std::size_t size) {
    Bytes bytes(size);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() & 255U);
    return bytes;
  };
  for (std::size_t size = 0; size < 80; ++size) {
    const auto siv = AesSiv::create(some(AesSiv::kKeyBytes));
    ASSERT_TRUE(siv.has_value());
    const Bytes associated = some(size % 40);
    const std::vector<AesSiv::Bytes> components{associated};
    const Bytes plaintext = some(size);
    const auto sealed = siv->seal(components, plaintext);
    ASSERT_TRUE(sealed.has_value());
    EXPECT_EQ(sealed->size(), size + AesSiv::kTagBytes);
    EXPECT_EQ(siv->open(components, *sealed), plaintext);
  }
}

TEST(AesSiv, RefusesWrongKeySizesShortTextsAndTooMuch) {
  EXPECT_EQ(AesSiv::create(counting(31)).error().code(), ErrorCode::invalid);
  EXPECT_EQ(AesSiv::create(counting(64)).error().code(), ErrorCode::invalid);
  const auto siv = AesSiv::create(from_hex(kKeyA1));
  ASSERT_TRUE(siv.has_value());
  EXPECT_EQ(siv->open({}, counting(15)).error().code(), ErrorCode::invalid);
  EXPECT_EQ(siv->seal({}, Bytes(limits::kSivBytes + 1)).error().code(), ErrorCode::limit);
  EXPECT_EQ(siv->open({}, Bytes(limits::kSivBytes + 17)).error().code(), ErrorCode::limit);
  const std::vector<AesSiv::Bytes> many(AesSiv::kComponents + 1);
  EXPECT_EQ(siv->seal(many, {}).error().code(), ErrorCode::limit);
  EXPECT_EQ(siv->open(many, counting(16)).error().code(), ErrorCode::limit);
}

}  // namespace
}  // namespace slewd::crypto
