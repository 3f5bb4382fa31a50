// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/config/config.hpp"
#include "base/limits.hpp"
#include "rules/files/catalogue.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string rule_file(const std::string& name, const std::string& mode) {
  return R"({"schema": "slewd.rules/1", "rules": [{"name": ")" + name + R"(", "mode": ")" + mode +
         R"(", "when": "abs(offset) > 1s", "do": [{"burst": true}]}]})";
}

std::string config_with(const std::vector<std::string>& files, bool builtin) {
  std::string list;
  for (const std::string& file : files) list += (list.empty() ? "\"" : ", \"") + file + "\"";
  return std::string(R"({"rules": {"builtin": )") + (builtin ? "true" : "false") +
         ", \"files\": [" + list + "]}}";
}

std::string hash_of(const std::string& path) {
  const auto loaded = load_config(path);
  EXPECT_TRUE(loaded) << loaded.error().describe();
  return loaded ? loaded->hash : "";
}

TEST(LoadConfig, WithoutAPathGivesTheDefaultsAndShippedRulesThatDisturbNobody) {
  const auto loaded = load_config("");
  ASSERT_TRUE(loaded) << loaded.error().describe();
  EXPECT_EQ(loaded->path, "");
  EXPECT_EQ(loaded->hash.size(), 16U);
  EXPECT_EQ(loaded->config.core.sources.size(), 1U);
  EXPECT_EQ(loaded->rules.rules.size(), rules::builtin_rules().rules.size());
  EXPECT_FALSE(loaded->rules.rules.empty());
  // first-sync-target starts a target of our own.
  for (const rules::Rule& rule : loaded->rules.rules)
    EXPECT_TRUE(rule.mode != rules::RuleMode::act || rule.reach() == rules::Reach::self ||
                rule.name == "first-sync-target")
        << rule.name;
}

TEST(LoadConfig, RefusesAMissingFileWithItsPath) {
  const TemporaryFolder folder;
  const auto loaded = load_config(folder.file("none.json"));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), ErrorCode::not_found);
  EXPECT_THAT(loaded.error().describe(), HasSubstr(folder.file("none.json")));
}

TEST(LoadConfig, RefusesAFolderAndAGiant) {
  const TemporaryFolder folder;
  EXPECT_FALSE(load_config(folder.path()));
  const auto giant =
      load_config(folder.write("giant.json", std::string(limits::kConfigBytes + 1, ' ')));
  ASSERT_FALSE(giant);
  EXPECT_EQ(giant.error().code(), ErrorCode::limit);
}

TEST(LoadConfig, NamesTheFileInEveryProblem) {
  const TemporaryFolder folder;
  const std::string path = folder.write("c.json", "{\n\"mode\": \"of\"}");
  const auto loaded = load_config(path);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().describe(), StartsWith(path + ":2: mode: 'of' is not one of"));
}

TEST(LoadConfig, SaysWhichEntryNamesAMissingRuleFile) {
  const TemporaryFolder folder;
  const std::string good = folder.write("good.json", rule_file("mine", "act"));
  const std::string path =
      folder.write("c.json", config_with({good, folder.file("gone.json")}, true));
  const auto loaded = load_config(path);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), ErrorCode::not_found);
  EXPECT_THAT(loaded.error().describe(), StartsWith(path + ": rules.files[1]: "));
  EXPECT_THAT(loaded.error().describe(), HasSubstr(folder.file("gone.json")));
}

TEST(LoadConfig, RefusesABadRuleFileWithItsLine) {
  const TemporaryFolder folder;
  const std::string bad =
      folder.write("bad.json", "{\"schema\": \"slewd.rules/1\",\n\"rule\": []}");
  const auto loaded = load_config(folder.write("c.json", config_with({bad}, true)));
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().describe(),
              StartsWith(bad + ":2: rule: unknown key; did you mean 'rules'?"));
}

TEST(LoadConfig, RefusesARuleThatTwoFilesDefine) {
  const TemporaryFolder folder;
  const std::string one = folder.write("one.json", rule_file("mine", "act"));
  const std::string two = folder.write("two.json", rule_file("mine", "shadow"));
  const auto loaded = load_config(folder.write("c.json", config_with({one, two}, false)));
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().describe(), HasSubstr(one));
  EXPECT_THAT(loaded.error().describe(), HasSubstr(two));
}

TEST(LoadConfig, PutsOwnRulesOverTheShippedOnes) {
  const TemporaryFolder folder;
  const rules::RuleFile shipped = rules::builtin_rules();
  ASSERT_FALSE(shipped.rules.empty());
  const std::string same = shipped.rules.front().name;
  const std::string over = folder.write("over.json", rule_file(same, "act"));
  const std::string more = folder.write("more.json", rule_file("of-my-own", "act"));
  const auto loaded = load_config(folder.write("c.json", config_with({over, more}, true)));
  ASSERT_TRUE(loaded) << loaded.error().describe();
  EXPECT_EQ(loaded->rules.rules.size(), shipped.rules.size() + 1);
  ASSERT_NE(loaded->rules.find_rule(same), nullptr);
  EXPECT_EQ(loaded->rules.find_rule(same)->mode, rules::RuleMode::act);
  EXPECT_EQ(loaded->rules.find_rule(same)->file, over);
}

TEST(LoadConfig, WithoutTheShippedRulesOnlyOnesOwnAreThere) {
  const TemporaryFolder folder;
  const std::string own = folder.write("own.json", rule_file("mine", "act"));
  const auto loaded = load_config(folder.write("c.json", config_with({own}, false)));
  ASSERT_TRUE(loaded) << loaded.error().describe();
  ASSERT_EQ(loaded->rules.rules.size(), 1U);
  EXPECT_EQ(loaded->rules.rules[0].name, "mine");
}

TEST(LoadConfig, TheHashChangesWithEveryByteOfEveryFile) {
  const TemporaryFolder folder;
  const std::string text = rule_file("mine", "act");
  const std::string own = folder.write("own.json", text);
  const std::string config = config_with({own}, false);
  const std::string path = folder.write("c.json", config);
  std::set<std::string> seen{hash_of(path)};
  EXPECT_EQ(hash_of(path), *seen.begin()) << "the same bytes, another hash";
  folder.write("c.json", config + " ");
  EXPECT_TRUE(seen.insert(hash_of(path)).second);
  folder.write("c.json", config + "\n");
  EXPECT_TRUE(seen.insert(hash_of(path)).second);
  folder.write("own.json", text + " ");
  EXPECT_TRUE(seen.insert(hash_of(path)).second);
  folder.write("own.json", rule_file("mind", "act"));
  EXPECT_TRUE(seen.insert(hash_of(path)).second);
}

TEST(LoadConfig, AByteThatMovesFromOneFileToTheNextChangesTheHash) {
  const TemporaryFolder folder;
  const std::string own = folder.write("own.json", rule_file("mine", "act"));
  const std::string config = config_with({own}, false);
  const std::string before = hash_of(folder.write("c.json", config + " "));
  folder.write("own.json", " " + rule_file("mine", "act"));
  EXPECT_NE(hash_of(folder.write("c.json", config)), before);
}

}  // namespace
}  // namespace slewd::app
