// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace slewd {
namespace {

std::string again(const std::string& text) {
  const auto value = parse_json(text, "t");
  return value ? to_text(*value) : value.error().describe();
}

TEST(JsonText, GivesBackWhatWasRead) {
  const std::string text = R"({"a":[1,-2.5,true,null,"x"],"b":{},"c":[],"d":"\"\\\n\t\u0001 é €"})";
  EXPECT_EQ(again(text), text);
}

TEST(JsonText, ARealStaysAReal) {
  EXPECT_EQ(again("[4.0,-0.0,1e20,-20.25]"), "[4.0,-0.0,1e+20,-20.25]");
  EXPECT_EQ(to_text(JsonValue(HUGE_VAL, 0)), "null");
}

TEST(JsonText, ReplacesWhatIsNoUtf8) {
  const auto shown = [](const std::string& bytes) { return to_text(JsonValue(bytes, 0)); };
  const std::string bad = "\"\xEF\xBF\xBD\"";
  for (const std::string bytes : {"\xFF", "\x80", "\xC3", "\xC1"}) EXPECT_EQ(shown(bytes), bad);
  EXPECT_EQ(shown("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"") << "a surrogate";
  EXPECT_EQ(shown("\xF0\x9F\x95\x92"), "\"\xF0\x9F\x95\x92\"");
}

}  // namespace
}  // namespace slewd
