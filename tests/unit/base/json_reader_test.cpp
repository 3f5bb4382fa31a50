// SPDX-License-Identifier: Apache-2.0
#include "base/json_reader.hpp"

#include <array>

#include <gtest/gtest.h>

namespace slewd {
namespace {

using namespace std::chrono_literals;

enum class Colour { red, blue };
constexpr std::array<EnumName<Colour>, 2> kColours{{{"red", Colour::red}, {"blue", Colour::blue}}};

struct Read {
  explicit Read(std::string_view text) : value(*parse_json(text, "t.json")) {}
  JsonValue value;
  JsonProblems problems{"t.json"};
};

TEST(JsonReader, ReadsEveryKindAndLeavesAbsentKeysAlone) {
  Read read(R"({"flag": true, "word": "w", "count": 3, "ratio": 0.5, "wait": "64s",
                "rate": "500ppm", "colour": "blue", "words": ["a", "b"]})");
  ObjectReader reader(read.value, "", read.problems);
  bool flag = false, absent = true;
  std::string word;
  int count = 0;
  double ratio = 0;
  Nanos wait{};
  Ppm rate;
  Colour colour = Colour::red;
  std::vector<std::string> words;
  reader.get("flag", flag);
  reader.get("absent", absent);
  reader.get("word", word);
  reader.get("count", count, 1, 9);
  reader.get("ratio", ratio, 0, 1);
  reader.get("wait", wait, 1s, 1h);
  reader.get("rate", rate, Ppm{1}, Ppm{1000});
  reader.get<Colour>("colour", colour, kColours);
  reader.get("words", words);
  reader.finish();
  EXPECT_TRUE(read.problems.empty()) << read.problems.to_error().describe();
  EXPECT_TRUE(flag && absent);
  EXPECT_EQ(word, "w");
  EXPECT_EQ(count, 3);
  EXPECT_DOUBLE_EQ(ratio, 0.5);
  EXPECT_EQ(wait, 64s);
  EXPECT_EQ(rate, Ppm{500});
  EXPECT_EQ(colour, Colour::blue);
  EXPECT_EQ(words, (std::vector<std::string>{"a", "b"}));
}

TEST(JsonReader, ReportsEveryProblemWithLinePathAndHelp) {
  Read read(
      "{\"wait\": 64,\n\"wait2\": \"5 apples\",\n\"count\": 99,\n\"colour\": \"blu\",\n"
      "\"watt\": 1}");
  ObjectReader reader(read.value, "servers[2]", read.problems);
  Nanos wait{7};
  int count = 1;
  Colour colour = Colour::red;
  reader.get("wait", wait, 1s, 1h);
  reader.get("wait2", wait, 1s, 1h);
  reader.get("count", count, 1, 9);
  reader.get<Colour>("colour", colour, kColours);
  reader.finish();
  const auto& lines = read.problems.lines();
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[0],
            "t.json:1: servers[2].wait: a text with a unit, for instance \"64s\", was expected, "
            "not an integer");
  EXPECT_EQ(lines[2], "t.json:3: servers[2].count: 99 is outside 1 to 9");
  EXPECT_EQ(lines[3],
            "t.json:4: servers[2].colour: 'blu' is not one of red, blue; did you mean 'blue'?");
  EXPECT_EQ(lines[4], "t.json:5: servers[2].watt: unknown key; did you mean 'wait'?");
  EXPECT_EQ(wait, Nanos{7});
  EXPECT_EQ(count, 1);
}

TEST(JsonReader, RefusesAWrongContainer) {
  Read read("[1]");
  ObjectReader reader(read.value, "slew", read.problems);
  EXPECT_EQ(read.problems.lines().at(0), "t.json:1: slew: an object was expected, not an array");
}

}  // namespace
}  // namespace slewd
