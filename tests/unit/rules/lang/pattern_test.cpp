// SPDX-License-Identifier: Apache-2.0
#include "rules/lang/pattern.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"

#include "tests/unit/rules/compiled_pattern.hpp"

namespace slewd::rules {
namespace {

using testing::HasSubstr;

std::string pattern_refusal(std::string_view expression) {
  const auto pattern = Pattern::compile(expression);
  return pattern ? "taken" : pattern.error().describe();
}

TEST(Pattern, SearchesAnywhereUnlessItIsAnchored) {
  EXPECT_TRUE(compiled("moved back").match("Time moved backwards"));
  EXPECT_FALSE(compiled("^moved").match("Time moved backwards"));
  EXPECT_FALSE(compiled("moved$").match("Time moved backwards"));
  EXPECT_FALSE(compiled("moved forward").match("Time moved backwards"));
}

TEST(Pattern, AnchorsAreThoseOfTheWholeText) {
  EXPECT_FALSE(compiled("^second").match("first\nsecond"));
  EXPECT_TRUE(compiled("(?m)^second").match("first\nsecond"));
  EXPECT_FALSE(compiled("first.second").match("first\nsecond"));
}

TEST(Pattern, CapturesADecimalNumber) {
  const Pattern pattern = compiled("waiting for (\\S+) secs");
  EXPECT_TRUE(pattern.captures());
  const auto captured = [&](const std::string& number) {
    const auto match = pattern.match("waiting for " + number + " secs");
    EXPECT_TRUE(match.has_value()) << number;
    return match ? match->captured : std::nullopt;
  };
  EXPECT_EQ(captured("180"), 180);
  EXPECT_EQ(captured("59.984001"), 59.984001);
  EXPECT_EQ(captured("-2.5"), -2.5);
  EXPECT_EQ(captured("+0.25"), 0.25);
  EXPECT_EQ(captured(".5"), .5);
}

TEST(Pattern, WhatIsNoDecimalNumberMatchesWithoutANumber) {
  const Pattern pattern = compiled("waiting for (\\S*) secs");
  for (const std::string text : {"", "inf", "nan", "-", "+", ".", "1e5", "0x10", "1,5", "1.2.3",
                                 "--1", "+-1", "five", "12s", "-inf", "1-2"}) {
    const auto match = pattern.match("waiting for " + text + " secs");
    ASSERT_TRUE(match.has_value()) << text;
    EXPECT_EQ(match->captured, std::nullopt) << text;
  }
  const auto huge = pattern.match("waiting for " + std::string(400, '9') + " secs");
  ASSERT_TRUE(huge.has_value());
  EXPECT_EQ(huge->captured, std::nullopt);
}

TEST(Pattern, AGroupThatTookNoPartCapturesNothing) {
  const auto match = compiled("failed(?: after ([0-9]+) s)?").match("failed");
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->captured, std::nullopt);
}

TEST(Pattern, WithoutAGroupThereIsNoNumber) {
  const Pattern pattern = compiled("(?:a|b) [0-9]+");
  EXPECT_FALSE(pattern.captures());
  ASSERT_TRUE(pattern.match("a 5"));
  EXPECT_EQ(pattern.match("a 5")->captured, std::nullopt);
}

TEST(Pattern, TakesLinesThatAreNotUtf8AndThoseWithZeroBytes) {
  const Pattern pattern = compiled("clock (\\d+)");
  const auto match = pattern.match(std::string_view("\xff\xfe\0\xc3 clock 7 \xf0", 14));
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->captured, 7);
}

TEST(Pattern, IsAValueComparedByItsText) {
  const Pattern first = compiled("a+");
  const Pattern copy = first;
  EXPECT_EQ(copy, compiled("a+"));
  EXPECT_FALSE(copy == compiled("a*b"));
  EXPECT_EQ(copy.text(), "a+");
  EXPECT_TRUE(copy.match("caat"));
}

TEST(Pattern, SaysWhatItDoesNotHaveAndWhatToWriteInstead) {
  EXPECT_THAT(
      pattern_refusal("a(?=b)"),
      HasSubstr(
          "column 2: invalid perl operator: (?=; look-ahead and look-behind are not supported"));
  EXPECT_THAT(pattern_refusal("a(?!b)"), HasSubstr("look-ahead and look-behind are not supported"));
  EXPECT_THAT(pattern_refusal("(?<=a)b"),
              HasSubstr("look-ahead and look-behind are not supported"));
  EXPECT_THAT(pattern_refusal("(?<!a)b"),
              HasSubstr("look-ahead and look-behind are not supported"));
  EXPECT_THAT(
      pattern_refusal("(a)x\\1"),
      HasSubstr("column 5: invalid escape sequence: \\1; back-references are not supported"));
  EXPECT_THAT(pattern_refusal("(?P<n>a)(?P=n)"), HasSubstr("back-references are not supported"));
  EXPECT_THAT(pattern_refusal("(?>a)b"),
              HasSubstr("atomic groups and possessive repetition are not supported"));
  EXPECT_THAT(pattern_refusal("a++b"), HasSubstr("possessive repetition are not supported"));
  EXPECT_THAT(pattern_refusal("ab\\Z"), HasSubstr("is written $"));
}

TEST(Pattern, SaysWhereAMistakeIsWhenThatIsCertain) {
  EXPECT_THAT(pattern_refusal("abc[z-a]"), testing::StartsWith("column 5: "));
  EXPECT_THAT(pattern_refusal("a**b**"), Not(HasSubstr("column")));
  EXPECT_EQ(pattern_refusal("(ab"), "missing ): (ab");
  EXPECT_EQ(pattern_refusal("a\xff"), "this is not UTF-8");
}

TEST(Pattern, RefusesWhatMatchesEveryLine) {
  for (const std::string_view expression : {"", ".*", "a*", "^", "x|"})
    EXPECT_THAT(pattern_refusal(expression), HasSubstr("so every line")) << expression;
}

TEST(Pattern, RefusesASecondGroup) {
  EXPECT_THAT(pattern_refusal("(a)(b)"), HasSubstr("2 capture groups, but at most one is allowed"));
  EXPECT_THAT(pattern_refusal("(a)(b)"), HasSubstr("(?:...)"));
}

TEST(Pattern, BoundsLengthRepetitionAndMemory) {
  EXPECT_EQ(pattern_refusal("[" + std::string(limits::kPatternBytes - 2, 'a') + "]"), "taken");
  EXPECT_THAT(pattern_refusal(std::string(limits::kPatternBytes + 1, 'a')),
              HasSubstr("1025 bytes"));
  EXPECT_THAT(pattern_refusal("a{1001}"), HasSubstr("at most {1000}"));
  for (const std::string_view large : {"\\pL{500}y", "a.{900}b", "(?:ab{200}){5}c"}) {
    const auto refused = Pattern::compile(large);
    ASSERT_FALSE(refused.has_value()) << large;
    EXPECT_EQ(refused.error().code(), ErrorCode::limit) << large;
    EXPECT_THAT(refused.error().describe(), HasSubstr("when it is compiled")) << large;
  }
}

// Exponential for engines that go back; the test would never end.
TEST(Pattern, HostilePatternsOnHostileLinesEnd) {
  const std::string line(limits::kLogLineBytes, 'a');
  EXPECT_FALSE(compiled("(?:a+)+b").match(line));
  EXPECT_FALSE(compiled("(?:a|aa)+$b").match(line));
  EXPECT_FALSE(compiled("(?:a?){200}a{200}b").match(line));
  EXPECT_FALSE(compiled("(?:.*){10}x").match(line));
  // So many states that the automaton outgrows its memory and is simulated instead.
  EXPECT_FALSE(compiled("a.{100}b").match(line));
}

}  // namespace
}  // namespace slewd::rules
