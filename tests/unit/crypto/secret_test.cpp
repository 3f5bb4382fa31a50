// SPDX-License-Identifier: Apache-2.0
#include "agent/crypto/secret.hpp"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "tests/unit/crypto/hex.hpp"

namespace slewd::crypto {
namespace {

TEST(Secret, ComparesSizesAndEveryByte) {
  const Bytes a = counting(20);
  EXPECT_TRUE(equal_in_constant_time(a, counting(20)));
  EXPECT_TRUE(equal_in_constant_time({}, {}));
  EXPECT_FALSE(equal_in_constant_time(a, counting(19)));
  for (std::size_t i = 0; i < a.size(); ++i) {
    Bytes other = a;
    other[i] ^= std::byte{1};
    EXPECT_FALSE(equal_in_constant_time(a, other)) << i;
  }
}

TEST(Secret, WipesEveryByte) {
  Bytes bytes = counting(33);
  wipe(bytes);
  EXPECT_TRUE(std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST(Secret, HandsItsBytesOnWhenItMoves) {
  Secret first(counting(4));
  Secret second(counting(8));
  second = std::move(first);
  EXPECT_EQ(to_hex(second.bytes()), "00010203");
  const Secret third(std::move(second));
  EXPECT_EQ(to_hex(third.bytes()), "00010203");
}

}  // namespace
}  // namespace slewd::crypto
