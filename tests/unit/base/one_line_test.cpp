// SPDX-License-Identifier: Apache-2.0
#include "base/one_line.hpp"

#include <gtest/gtest.h>

namespace slewd {
namespace {

TEST(OneLine, JoinsLinesAndHidesControlCharacters) {
  EXPECT_EQ(one_line("  a\r\n\r\nb\tc\x1b[31m\x7f \n", 100), "a | b c?[31m?");
}

TEST(OneLine, KeepsUtf8AndReplacesWhatIsNone) {
  EXPECT_EQ(one_line("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x95\x90", 100),
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x95\x90");
  EXPECT_EQ(one_line("\xff|\xc3|\xe2\x82|\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80", 100),
            "?|?|??|??|???|????");
}

TEST(OneLine, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(one_line("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(one_line("abcdefghi", 8), "abcde...");
  EXPECT_EQ(one_line("abcd\xe2\x82\xac\xe2\x82\xac", 8), "abcd...");
  EXPECT_EQ(one_line("a\nb\nc\nd\ne", 8), "a | b...");
  EXPECT_EQ(one_line("abc", 2), "");
  EXPECT_EQ(one_line("", 0), "");
}

}  // namespace
}  // namespace slewd
