// SPDX-License-Identifier: Apache-2.0
// Every file of this folder holds, every shipped rule has one, and each of them shows a case in
// which its rule acts and one in which it must not.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rules/files/catalogue.hpp"
#include "rules/test/rule_test.hpp"

namespace slewd::rules {
namespace {

const std::filesystem::path kFolder = SLEWD_SOURCE_DIR "/tests/rules";
constexpr std::string_view kEnding = ".test.json";

Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::not_found, path.string() + ": cannot be read");
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = entry.path().filename();
    if (name.ends_with(kEnding)) all.push_back(name.substr(0, name.size() - kEnding.size()));
  }
  std::ranges::sort(all);
  return all;
}

Result<RuleTestFile> load(const std::string& name) {
  const auto path = kFolder / (name + std::string(kEnding));
  const auto text = read_file(path);
  if (!text) return fail(text.error());
  return parse_rule_tests(*text, path.filename().string(),
                          [](const std::string& file) { return read_file(kFolder / file); });
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

class StoryOf : public testing::TestWithParam<std::string> {};

TEST_P(StoryOf, Holds) {
  const auto file = load(GetParam());
  ASSERT_TRUE(file) << file.error().describe();
  const RuleTestReport report = run_rule_tests(*file);
  EXPECT_EQ(report.tests, file->tests.size());
  for (const std::string& failure : report.failures) ADD_FAILURE() << failure;
}

// A veto begins no action of its own: the refused step is its act.
TEST_P(StoryOf, ShowsItsRuleAtWorkAndAtRest) {
  const auto file = load(GetParam());
  ASSERT_TRUE(file) << file.error().describe();
  bool acts = false;
  bool rests = false;
  for (const RuleTest& test : file->tests)
    for (const TestExpectation& expected : test.expectations) {
      if (expected.step) (*expected.step == StepVerdict::refused ? acts : rests) = true;
      if (expected.rule != GetParam() || !expected.actions) continue;
      (expected.actions->empty() ? rests : acts) = true;
    }
  EXPECT_TRUE(acts);
  EXPECT_TRUE(rests);
}

INSTANTIATE_TEST_SUITE_P(Rules, StoryOf, testing::ValuesIn(names()), name_of);

TEST(Stories, AreToldOfEveryShippedRuleAndOfNoOther) {
  std::vector<std::string> shipped;
  for (const Rule& rule : builtin_rules().rules) shipped.push_back(rule.name);
  std::ranges::sort(shipped);
  EXPECT_EQ(names(), shipped);
}

}  // namespace
}  // namespace slewd::rules
