// Each policy is one test over the tree, and one over its own examples: a policy that catches
// nothing would be no policy.
#include <filesystem>
#include <regex>
#include <set>
#include <string>

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
        "rules/intent.hpp", "tests/policy/policy_test.cpp", "docs/architecture.md"}) {
    EXPECT_TRUE(paths.contains(path)) << path;
  }
  for (const std::string& path : paths) {
    EXPECT_FALSE(path.starts_with("build/")) << path;
  }
}

// A text that sends its reader to a document must not send him nowhere.
TEST(PolicyTree, HasEveryDocumentThatItMentions) {
  const std::regex mention("docs/[A-Za-z0-9_/-]+\\.md");
  std::set<std::string> paths;
  for (const SourceFile& file : tree()) paths.insert(file.path);
  std::size_t mentions = 0;
  for (const SourceFile& file : tree()) {
    if (file.path.starts_with("tests/policy/")) continue;  // its examples name what is nowhere
    for (const std::string& line : file.lines) {
      for (std::sregex_iterator found(line.begin(), line.end(), mention), none; found != none;
           ++found, ++mentions) {
        EXPECT_TRUE(paths.contains(found->str())) << file.path << " mentions " << found->str();
      }
    }
  }
  EXPECT_GT(mentions, 0U);
}

}  // namespace

// Names the failing case in GoogleTest's own messages.
void PrintTo(const Policy& policy, std::ostream* out) { *out << policy.name; }

}  // namespace slewd::policy
