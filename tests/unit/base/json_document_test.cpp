// SPDX-License-Identifier: Apache-2.0
#include "base/json_document.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace slewd {
namespace {

TEST(JsonDocument, TakesCommentsAndRemembersLines) {
  const auto parsed =
      parse_json("// head\n{\n  \"a\": 1, /* mid */\n  \"b\": [\"x\",\n 2.5]\n}\n", "t.json");
  ASSERT_TRUE(parsed) << parsed.error().describe();
  EXPECT_EQ(parsed->line(), 2);
  EXPECT_EQ(parsed->find("a")->line(), 3);
  EXPECT_EQ(*parsed->find("a")->integer(), 1);
  const auto& list = *parsed->find("b")->array();
  EXPECT_EQ(list[0].line(), 4);
  EXPECT_EQ(list[1].line(), 5);
  EXPECT_DOUBLE_EQ(*list[1].real(), 2.5);
}

TEST(JsonDocument, ANumberAtTheEndOfALineBelongsToThatLine) {
  const auto parsed = parse_json("{\"a\": 1\n,\"b\": 2\n}", "t.json");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->find("a")->line(), 1);
  EXPECT_EQ(parsed->find("b")->line(), 2);
}

TEST(JsonDocument, RefusesADuplicateKeyAndNamesBothLines) {
  const auto parsed = parse_json("{\"a\": 1,\n\"b\": 2,\n\"a\": 3}", "t.json");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message(), "t.json:3: duplicate key 'a' (first in line 1)");
}

TEST(JsonDocument, NamesTheLineOfASyntaxError) {
  const auto parsed = parse_json("{\n\"a\": 1,\n}", "t.json");
  ASSERT_FALSE(parsed);
  EXPECT_TRUE(parsed.error().message().starts_with("t.json:3: syntax error"))
      << parsed.error().message();
}

TEST(JsonDocument, RefusesEmptyTextTrailingTextAndHugeNumbers) {
  EXPECT_FALSE(parse_json("", "t"));
  EXPECT_FALSE(parse_json("{} {}", "t"));
  EXPECT_FALSE(parse_json("18446744073709551615", "t"));
}

TEST(JsonDocument, RefusesDeepNestingAndLargeText) {
  EXPECT_FALSE(parse_json(std::string(200'000, '['), "t"));
  const auto large = parse_json(std::string(limits::kConfigBytes + 1, ' '), "t");
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code(), ErrorCode::limit);
}

}  // namespace
}  // namespace slewd
