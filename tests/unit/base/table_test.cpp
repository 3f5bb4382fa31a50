// SPDX-License-Identifier: Apache-2.0
#include "base/table.hpp"

#include <gtest/gtest.h>

namespace slewd {
namespace {

TEST(Table, LinesItsColumnsUp) {
  Table table({{"name"}, {"n", Align::right}, {"why"}});
  table.add({"a", "1", "short"});
  table.add({"longer", "100", "x"});
  EXPECT_EQ(table.print(),
            "name      n  why\n"
            "a         1  short\n"
            "longer  100  x\n");
}

TEST(Table, CountsUtf8ByCodePoints) {
  Table table({{"name"}, {"n", Align::right}});
  table.add({"z\xc3\xbcrich", "1"});
  table.add({"bern12", "2"});
  table.add({"\xe6\x99\x82\xe8\xa8\x88", "3"});
  EXPECT_EQ(table.print(),
            "name    n\n"
            "z\xc3\xbcrich  1\n"
            "bern12  2\n"
            "\xe6\x99\x82\xe8\xa8\x88      3\n");
}

TEST(Table, EndsNoLineWithBlanks) {
  Table table({{"a"}, {"b"}});
  table.add({"1", ""});
  table.add({"", ""});
  EXPECT_EQ(table.print(), "a  b\n1\n\n");
}

TEST(Table, WithoutRowsIsItsHead) { EXPECT_EQ(Table({{"a"}, {"b"}}).print(), "a  b\n"); }

}  // namespace
}  // namespace slewd
