// SPDX-License-Identifier: Apache-2.0
#include "agent/crypto/cmac.hpp"

#include <gtest/gtest.h>

#include "tests/unit/crypto/hex.hpp"

namespace slewd::crypto {
namespace {

// RFC 4493 section 4.
constexpr const char* kKey = "2b7e151628aed2a6abf7158809cf4f3c";
constexpr const char* kMessage =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

TEST(Cmac, GivesTheSumsOfRfc4493) {
  const auto cmac = Cmac::create(from_hex(kKey));
  ASSERT_TRUE(cmac.has_value());
  const Bytes message = from_hex(kMessage);
  const auto sum = [&](std::size_t size) {
    return to_hex(*cmac->sum(std::span(message).first(size)));
  };
  EXPECT_EQ(sum(0), "bb1d6929e95937287fa37d129b756746");
  EXPECT_EQ(sum(16), "070a16b46b4d4144f79bdd9dd04a287c");
  EXPECT_EQ(sum(40), "dfa66747de9ae63030ca32611497c827");
  EXPECT_EQ(sum(64), "51f0bebf7e3b9d92fc49741779363cfe");
}

TEST(Cmac, GivesTheSumOfNistForALongKey) {
  const auto cmac =
      Cmac::create(from_hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"));
  ASSERT_TRUE(cmac.has_value());
  EXPECT_EQ(to_hex(*cmac->sum(from_hex(kMessage))), "e1992190549f6ed5696a2c056c315410");
  EXPECT_EQ(to_hex(*cmac->sum(counting(48))), "0c00787f59088fb8343d8597f6650bc5");
}

TEST(Cmac, RefusesOtherKeySizes) {
  for (const std::size_t size : {0U, 15U, 24U, 33U}) {
    const auto cmac = Cmac::create(counting(size));
    ASSERT_FALSE(cmac.has_value()) << size;
    EXPECT_EQ(cmac.error().code(), ErrorCode::invalid);
  }
}

}  // namespace
}  // namespace slewd::crypto
