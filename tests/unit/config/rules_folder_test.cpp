// SPDX-License-Identifier: Apache-2.0
#include "agent/config/rules_folder.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "rules/files/catalogue.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kBad = R"({"schema": "slewd.rules/1", "rules": [{"name": "bad"}]})";

std::string file_with_rule(const std::string& name, const std::string& when = "offset > 1s") {
  return R"({"schema": "slewd.rules/1", "rules": [{"name": ")" + name + R"(", "when": ")" + when +
         R"(", "do": [{"burst": true}]}]})";
}

class RulesFolderTest : public testing::Test {
 protected:
  // As a reload does: over what the reading before has put in force.
  const RulesFolder& read() {
    Fingerprint fingerprint;
    const RuleTexts former = now.texts;
    now = read_rules_folder(folder.path(), rules::builtin_rules(), former, fingerprint);
    hash = fingerprint.text();
    return now;
  }
  [[nodiscard]] bool in_force(const std::string& name) const {
    return now.rules.find_rule(name) != nullptr;
  }

  const TemporaryFolder folder;
  RulesFolder now;
  std::string hash;
};

TEST_F(RulesFolderTest, ABadFileIsRefusedAndTheOthersStay) {
  folder.write("10-good.json", file_with_rule("good"));
  folder.write("20-bad.json", kBad);
  folder.write("30-also.json", file_with_rule("also"));
  folder.write("40-twice.json", file_with_rule("good"));
  folder.write("notes.txt", "not a rule file");
  EXPECT_THAT(read().refused, ElementsAre(HasSubstr("20-bad.json"),
                                          HasSubstr("rule 'good' is already defined in")));
  EXPECT_TRUE(in_force("good"));
  EXPECT_TRUE(in_force("also"));
  EXPECT_FALSE(in_force("bad"));
}

TEST_F(RulesFolderTest, NoFileGovernsTheRulesOfAnotherUnseen) {
  const auto file = [](const std::string& member) {
    return R"({"schema": "slewd.rules/1", )" + member + "}";
  };
  folder.write("10-kill.json", file(R"("global": {"kill_switch": true})"));
  folder.write("20-other.json", file(R"("global": {"actions_per_hour": 5})"));
  folder.write("30-night.json",
               file(R"("windows": {"night": {"zone": "UTC", "from": "02:00", "to": "04:00"}})"));
  folder.write("40-night.json",
               file(R"("windows": {"night": {"zone": "UTC", "from": "00:00", "to": "23:59"}})"));
  folder.write("50-lock.json", file(R"("fleet": {"mail": {"slots": 1}})"));
  folder.write("60-lock.json", file(R"("fleet": {"mail": {"slots": 8}})"));
  EXPECT_THAT(read().refused,
              ElementsAre(HasSubstr("20-other.json: global limits are already set in"),
                          HasSubstr("40-night.json: window 'night' is already defined in"),
                          HasSubstr("60-lock.json: fleet lock 'mail' is already defined in")));
  EXPECT_TRUE(now.rules.limits().kill_switch);
  EXPECT_EQ(now.rules.find_lock("mail")->slots, 1);
}

TEST_F(RulesFolderTest, LimitsOfAnotherFileMakeAnotherVersionOfARule) {
  folder.write("10-mine.json", file_with_rule("mine"));
  const std::string before = read().rules.find_rule("mine")->hash;
  EXPECT_EQ(read().rules.find_rule("mine")->hash, before);
  folder.write("20-limits.json",
               R"({"schema": "slewd.rules/1", "global": {"actions_per_hour": 1}})");
  EXPECT_NE(read().rules.find_rule("mine")->hash, before) << "it may decide otherwise now";
}

TEST_F(RulesFolderTest, AFolderThatCannotBeReadAnyMoreKeepsWhatItHad) {
  const std::string inner = folder.file("rules.d");
  std::filesystem::create_directory(inner);
  folder.write("rules.d/mine.json", file_with_rule("mine"));
  Fingerprint fingerprint;
  const RulesFolder before = read_rules_folder(inner, {}, {}, fingerprint);
  ASSERT_NE(before.rules.find_rule("mine"), nullptr);
  std::filesystem::remove_all(inner);
  folder.write("rules.d", "a file now");
  const RulesFolder after = read_rules_folder(inner, {}, before.texts, fingerprint);
  EXPECT_NE(after.rules.find_rule("mine"), nullptr);
  EXPECT_THAT(after.refused, ElementsAre(HasSubstr("Not a directory"),
                                         HasSubstr("its former text stays in force")));
}

TEST_F(RulesFolderTest, WhatAFileHadInItBeforeItBecameBadStaysInForce) {
  folder.write("mine.json", file_with_rule("mine"));
  EXPECT_THAT(read().refused, IsEmpty());
  const std::string before = hash;
  folder.write("mine.json", kBad);
  for (int reload = 0; reload < 2; ++reload) {
    EXPECT_THAT(read().refused,
                ElementsAre(HasSubstr("mine.json: its former text stays in force")));
    EXPECT_TRUE(in_force("mine"));
    EXPECT_EQ(hash, before) << "of what is in force";
  }
  folder.write("mine.json", file_with_rule("other"));
  EXPECT_THAT(read().refused, IsEmpty());
  EXPECT_FALSE(in_force("mine"));
  EXPECT_TRUE(in_force("other"));
}

TEST_F(RulesFolderTest, AFileThatIsGoneIsGone) {
  const std::string path = folder.write("mine.json", file_with_rule("mine"));
  read();
  std::filesystem::remove(path);
  EXPECT_THAT(read().refused, IsEmpty());
  EXPECT_FALSE(in_force("mine"));
}

TEST_F(RulesFolderTest, AFormerTextThatNoLongerFitsIsOutOfForceAndTold) {
  folder.write("10-one.json", file_with_rule("one"));
  folder.write("20-two.json", file_with_rule("two"));
  read();
  folder.write("10-one.json", file_with_rule("two"));
  folder.write("20-two.json", kBad);
  EXPECT_THAT(read().refused,
              ElementsAre(HasSubstr("20-two.json: its former text conflicts with other files")));
  EXPECT_TRUE(in_force("two"));
  EXPECT_EQ(now.rules.find_rule("two")->file, folder.file("10-one.json"));
}

TEST_F(RulesFolderTest, OnlyTheUsualFolderMayBeMissing) {
  Fingerprint fingerprint;
  EXPECT_THAT(read_rules_folder(folder.file("none"), {}, {}, fingerprint).refused,
              ElementsAre(HasSubstr("none: No such file or directory")));
  const std::string file = folder.write("file", "");
  EXPECT_THAT(read_rules_folder(file, {}, {}, fingerprint).refused,
              ElementsAre(HasSubstr("Not a directory")));
}

TEST_F(RulesFolderTest, HiddenFilesAreAnEditorsOwn) {
  folder.write(".#mine.json", file_with_rule("mine"));
  folder.write("mine.json", file_with_rule("mine"));
  EXPECT_THAT(read().refused, IsEmpty());
  EXPECT_EQ(now.rules.find_rule("mine")->file, folder.file("mine.json"));
}

TEST_F(RulesFolderTest, MoreFilesThanAnybodyWritesAreNotRead) {
  for (std::size_t number = 0; number <= limits::kRuleFiles; ++number)
    folder.write("r" + std::to_string(1000 + number) + ".json", R"({"schema": "slewd.rules/1"})");
  EXPECT_THAT(read().refused,
              ElementsAre(HasSubstr("r1100.json and all later files: more than 100")));
  EXPECT_EQ(now.texts.size(), limits::kRuleFiles);
}

}  // namespace
}  // namespace slewd::app
