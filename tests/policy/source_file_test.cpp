// SPDX-License-Identifier: Apache-2.0
#include "tests/policy/source_file.hpp"

#include <gtest/gtest.h>

namespace slewd::policy {
namespace {

TEST(PolicySourceFile, BlanksCommentsAndLiteralsButKeepsTheLines) {
  const SourceFile file = parse_source("base/a.cpp",
                                       "int a;  // mutex\n"
                                       "/* mutex\n"
                                       "   mutex */ int b;\n"
                                       "auto c = \"mutex \\\" mutex\"; int d;\n"
                                       "auto e = R\"x(mutex\n"
                                       "mutex)\" )x\"; int f;\n"
                                       "auto g = 'm'; int h = 1'000'000;\n");
  ASSERT_EQ(file.code.size(), file.lines.size());
  for (const std::string& line : file.code) {
    EXPECT_FALSE(has_word(line, "mutex")) << line;
  }
  EXPECT_TRUE(has_word(file.code[2], "b"));
  EXPECT_TRUE(has_word(file.code[3], "d"));
  EXPECT_TRUE(has_word(file.code[5], "f"));
  EXPECT_EQ(file.code[6], "auto g =    ; int h = 1'000'000;");
}

TEST(PolicySourceFile, SurvivesTextThatEndsInsideALiteral) {
  EXPECT_EQ(parse_source("base/a.cpp", "auto a = \"x\\").code.size(), 1U);
  EXPECT_EQ(parse_source("base/a.cpp", "auto a = R\"x").code.size(), 1U);
  EXPECT_EQ(parse_source("base/a.cpp", "/* open").code.size(), 1U);
}

TEST(PolicySourceFile, FindsIncludesOutsideComments) {
  const SourceFile file = parse_source("base/a.cpp",
                                       "#include <vector>\n"
                                       "// #include <list>\n"
                                       "#include \"base/fd.hpp\"\n");
  ASSERT_EQ(file.includes.size(), 2U);
  EXPECT_EQ(file.includes[0].path, "vector");
  EXPECT_FALSE(file.includes[0].quoted);
  EXPECT_EQ(file.includes[1].path, "base/fd.hpp");
  EXPECT_EQ(file.includes[1].line, 3);
  EXPECT_TRUE(file.includes[1].quoted);
}

TEST(PolicySourceFile, FindsWholeWordsOnly) {
  EXPECT_TRUE(has_word("std::mutex m;", "mutex"));
  EXPECT_FALSE(has_word("my_mutex m;", "mutex"));
  EXPECT_FALSE(has_word("mutexes", "mutex"));
  EXPECT_TRUE(has_word("x = time(nullptr);", "time(nullptr"));
  EXPECT_FALSE(has_word("x = mktime(nullptr);", "time(nullptr"));
}

}  // namespace
}  // namespace slewd::policy
