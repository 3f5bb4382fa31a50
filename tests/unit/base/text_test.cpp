// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <array>
#include <limits>

#include <gtest/gtest.h>

namespace slewd {
namespace {

constexpr std::array<std::string_view, 3> kKeys{"servers", "steering", "step"};

TEST(Text, SuggestsTheNearestWord) {
  EXPECT_EQ(nearest("sterring", kKeys), "steering");
  EXPECT_EQ(suggestion("server", kKeys), "; did you mean 'servers'?");
}

TEST(Text, SuggestsNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest("elephant", kKeys), std::nullopt);
  EXPECT_EQ(suggestion("elephant", kKeys), "");
}

TEST(Text, FormatsNumbersAsPrometheusReadsThem) {
  EXPECT_EQ(format_number(0.1), "0.1");
  EXPECT_EQ(format_number(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(format_number(std::numeric_limits<double>::infinity()), "+Inf");
}

TEST(Text, FormatsFixedDecimalsAtEverySize) {
  EXPECT_EQ(format_fixed(3.14159, 2), "3.14");
  EXPECT_EQ(format_fixed(-1e308, 1).size(), 312U);
}

TEST(Text, TrimsAndSplits) {
  EXPECT_EQ(trim(" \t a b \n"), "a b");
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
}

TEST(Text, Joins) {
  EXPECT_EQ(joined(std::vector<std::string>{"a", "b", "c"}, ", "), "a, b, c");
  EXPECT_EQ(joined(std::vector<std::string>(), ", "), "");
}

TEST(Text, KnowsTheFolderOfAPath) {
  EXPECT_EQ(folder_of("/a/b"), "/a");
  EXPECT_EQ(folder_of("/b"), "/");
  EXPECT_EQ(folder_of("a/b"), "a");
  EXPECT_EQ(folder_of("b"), ".");
}

TEST(LowerCase, ChangesAsciiLettersAlone) {
  EXPECT_EQ(lower_case("AZaz@[\xC3\x84"), "azaz@[\xC3\x84");
  EXPECT_TRUE(same_ignoring_case("Content-Length", "content-LENGTH"));
  EXPECT_FALSE(same_ignoring_case("a", "ab"));
  EXPECT_FALSE(same_ignoring_case("@", "`"));
}

TEST(Joined, PutsTheSeparatorBetweenItems) {
  const std::vector<std::string> items{"a", "b", "c"};
  EXPECT_EQ(joined(items), "a, b, c");
  EXPECT_EQ(joined(std::vector<std::string_view>{"a", "b"}, "; "), "a; b");
}

}  // namespace
}  // namespace slewd
