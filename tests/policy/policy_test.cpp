// SPDX-License-Identifier: Apache-2.0
// Each policy is one test over the tree, and one over its own examples: a policy that catches
// nothing would be no policy.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/policy/policies.hpp"
#include "tests/policy/tree.hpp"

namespace slewd::policy {
namespace {

const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> files = load_tree(SLEWD_SOURCE_DIR);
  return files;
}

std::string name_of(const testing::TestParamInfo<Policy>& info) { return info.param.name; }

class PolicyOf : public testing::TestWithParam<Policy> {};

TEST_P(PolicyOf, HoldsInTheWholeTree) {
  for (const SourceFile& file : tree()) {
    for (const Finding& finding : GetParam().check(file)) {
      ADD_FAILURE() << describe(file, GetParam(), finding);
    }
  }
}

TEST_P(PolicyOf, CatchesItsBadExamples) {
  EXPECT_FALSE(GetParam().bad.empty());
  for (const Example& example : GetParam().bad) {
    EXPECT_FALSE(GetParam().check(parse_source(example.path, example.text)).empty())
        << example.path << " passes:\n"
        << example.text;
  }
}

TEST_P(PolicyOf, LetsItsGoodExamplesPass) {
  EXPECT_FALSE(GetParam().good.empty());
  for (const Example& example : GetParam().good) {
    const SourceFile file = parse_source(example.path, example.text);
    for (const Finding& finding : GetParam().check(file)) {
      ADD_FAILURE() << describe(file, GetParam(), finding) << "\n" << example.text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tree, PolicyOf, testing::ValuesIn(policies()), name_of);

// A reader that finds no files would let every policy pass.
TEST(PolicyTree, ContainsTheFilesThatEveryTreeHas) {
  std::set<std::string> paths;
  for (const SourceFile& file : tree()) {
    paths.insert(file.path);
  }
  for (const char* path :
       {"CMakeLists.txt", "dev", ".ci/run", "base/result.hpp", "agent/core/ports.hpp",
        "rules/intent.hpp", "tests/policy/policy_test.cpp", "docs/design/architecture.md"}) {
    EXPECT_TRUE(paths.contains(path)) << path;
  }
  for (const std::string& path : paths) {
    EXPECT_FALSE(path.starts_with("build/")) << path;
  }
}

// The documents, as "docs/NAME.md", that a line of text mentions.
std::vector<std::string> documents_mentioned(std::string_view line) {
  constexpr std::string_view kFolder = "docs/";
  constexpr std::string_view kEnding = ".md";
  std::vector<std::string> mentioned;
  for (std::size_t at = line.find(kFolder); at != std::string_view::npos;
       at = line.find(kFolder, at + 1)) {
    const std::string_view rest = line.substr(at + kFolder.size());
    const auto end = std::ranges::find_if_not(rest, [](unsigned char each) {
      return std::isalnum(each) != 0 || each == '_' || each == '/' || each == '-';
    });
    const auto length = static_cast<std::size_t>(end - rest.begin());
    if (length > 0 && rest.substr(length).starts_with(kEnding))
      mentioned.emplace_back(line.substr(at, kFolder.size() + length + kEnding.size()));
  }
  return mentioned;
}

// A text that sends its reader to a document must not send him nowhere.
TEST(PolicyTree, HasEveryDocumentThatItMentions) {
  std::set<std::string> paths;
  for (const SourceFile& file : tree()) paths.insert(file.path);
  std::size_t mentions = 0;
  for (const SourceFile& file : tree()) {
    if (file.path.starts_with("tests/policy/")) continue;  // its examples name what is nowhere
    for (const std::string& line : file.lines) {
      for (const std::string& document : documents_mentioned(line)) {
        EXPECT_TRUE(paths.contains(document)) << file.path << " mentions " << document;
        ++mentions;
      }
    }
  }
  EXPECT_GT(mentions, 0U);
}

}  // namespace

// Names the failing case in GoogleTest's own messages.
void PrintTo(const Policy& policy, std::ostream* out) { *out << policy.name; }

}  // namespace slewd::policy
