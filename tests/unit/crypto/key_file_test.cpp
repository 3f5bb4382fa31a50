// SPDX-License-Identifier: Apache-2.0
#include "agent/crypto/key_file.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

#include "tests/unit/crypto/hex.hpp"

namespace slewd::crypto {
namespace {

constexpr const char* kHex128 = "hex:2b7e151628aed2a6abf7158809cf4f3c";

std::string refusal(std::string_view text, WeakDigests weak = WeakDigests::allow) {
  const auto keys = parse_key_file(text, "keys", weak);
  return keys ? "accepted" : keys.error().describe();
}

TEST(KeyFile, ReadsEveryTypeCommentsAndBlankLines) {
  const auto keys = parse_key_file(
      "# our keys\r\n\n"
      "7 AES128 hex:2B7E151628aed2a6abf7158809cf4f3c\r\n"
      "  8\taes256 HEX:603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4  # long\n"
      "4294967295 SHA1 secret\n"
      "1 MD5 se#cret",
      "keys", WeakDigests::allow);
  ASSERT_TRUE(keys.has_value()) << keys.error().describe();
  ASSERT_EQ(keys->size(), 4U);
  EXPECT_EQ((*keys)[0].id, 7U);
  EXPECT_EQ((*keys)[0].key.type(), KeyType::aes128);
  EXPECT_EQ((*keys)[1].key.type(), KeyType::aes256);
  EXPECT_EQ((*keys)[2].id, 4294967295U);
  EXPECT_EQ((*keys)[2].key.type(), KeyType::sha1);
  EXPECT_EQ((*keys)[3].key.type(), KeyType::md5);
}

TEST(KeyFile, TakesPrintableTextAsTheKeyItself) {
  const auto text = parse_key_file("1 AES128 0123456789abcdef", "keys", WeakDigests::refuse);
  const auto hex =
      parse_key_file("1 AES128 hex:30313233343536373839616263646566", "keys", WeakDigests::refuse);
  ASSERT_TRUE(text.has_value() && hex.has_value());
  EXPECT_EQ(*text->front().key.digest(counting(48)), *hex->front().key.digest(counting(48)));
}

TEST(KeyFile, IsEmptyWithoutKeys) {
  EXPECT_TRUE(parse_key_file("", "keys", WeakDigests::refuse)->empty());
  EXPECT_TRUE(parse_key_file("\n# none\n", "keys", WeakDigests::refuse)->empty());
}

TEST(KeyFile, SaysWhatIsWrongWhereAndWhatWouldBeRight) {
  EXPECT_EQ(refusal("7 AES128"),
            "keys:1: 2 words where 3 are needed; a line is 'id type key', for instance "
            "'7 AES128 hex:0123...' with 32 hex digits");
  EXPECT_EQ(refusal("\n7 AES128 hex:00"), "keys:2: AES128 takes a key of 16 bytes, not 1");
  EXPECT_EQ(refusal("7 SHA1 hex:"),
            "keys:1: the key has 0 hex digits; two are needed for each byte");
  EXPECT_EQ(refusal("7 SHA1 hex:0g"),
            "keys:1: the key holds something else than hex digits at digit 2");
  EXPECT_EQ(
      refusal("7 SHA1 gr\xc3\xbcn"),
      "keys:1: the key holds a byte that is not printable ASCII; write such a key as hex:...");
  for (const char* id : {"0", "-1", "4294967296", "7x", "x"})
    EXPECT_NE(refusal(std::string(id) + " SHA1 k").find("no number from 1 to 4294967295"),
              std::string::npos)
        << id;
  EXPECT_EQ(refusal("1 SHA1 a\n2 SHA1 b\n1 MD5 c"), "keys:3: key 1 again (first in line 1)");
}

TEST(KeyFile, RefusesWeakDigestsUnlessTheyAreAllowed) {
  const std::string text = refusal("1 MD5 secret\n2 SHA1 secret", WeakDigests::refuse);
  EXPECT_NE(text.find("keys:1: MD5 is too weak; use AES128"), std::string::npos) << text;
  EXPECT_NE(text.find("keys:2: SHA1 is too weak"), std::string::npos) << text;
}

TEST(KeyFile, NeverRepeatsKeyMaterial) {
  for (const char* text : {"1 MD5 hunter2", "1 hunter2", "hunter2 SHA1 hunter2", "1 hunter2 SHA1",
                           "1 AES128 hunter2", "1 SHA1 hex:hunter2x", "1 SHA1 hunter2 hunter2"})
    EXPECT_EQ(refusal(text, WeakDigests::refuse).find("hunter2"), std::string::npos) << text;
}

TEST(KeyFile, TellsAllProblemsAtOnceUpToItsLimit) {
  std::string text;
  for (std::size_t i = 0; i < limits::kConfigProblems + 3; ++i) text += "bad\n";
  const std::string told = refusal(text);
  EXPECT_NE(told.find("keys:20: "), std::string::npos);
  EXPECT_EQ(told.find("keys:21: "), std::string::npos);
  EXPECT_TRUE(told.ends_with("\n3 more problems")) << told;
}

TEST(KeyFile, HoldsItsLimits) {
  const auto large =
      parse_key_file(std::string(limits::kKeyFileBytes + 1, '\n'), "keys", WeakDigests::refuse);
  EXPECT_EQ(large.error().code(), ErrorCode::limit);
  std::string text;
  for (std::size_t i = 1; i <= limits::kKeys; ++i)
    text += std::to_string(i) + " AES128 " + kHex128 + "\n";
  EXPECT_EQ(parse_key_file(text, "keys", WeakDigests::refuse)->size(), limits::kKeys);
  text += "100000 AES128 " + std::string(kHex128);
  EXPECT_EQ(parse_key_file(text, "keys", WeakDigests::refuse).error().code(), ErrorCode::limit);
}

}  // namespace
}  // namespace slewd::crypto
