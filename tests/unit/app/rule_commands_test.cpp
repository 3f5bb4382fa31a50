#include "agent/app/ctl/rule_commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kRule = "dovecot-login-hang";

TEST(RuleCommands, SayWhichRulesTheyHaveRead) {
  const TemporaryFolder folder;
  const std::string config = folder.write("slewd.json", "{}");
  const auto shipped = show_rule(kRule, "");
  ASSERT_TRUE(shipped) << shipped.error().describe();
  EXPECT_THAT(*shipped, StartsWith("dovecot-login-hang (shadow, "));
  EXPECT_THAT(*shipped, EndsWith("\n(the shipped rules, without a configuration file)\n"));
  EXPECT_THAT(show_rule(kRule, config).value(), EndsWith("\n(the rules of " + config + ")\n"));
}

TEST(RuleCommands, AnUnknownRuleIsToldWithANearOne) {
  const auto none = show_rule("dovecot-login-hung", "");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message(),
            "no rule 'dovecot-login-hung' among the shipped rules, without a configuration file; "
            "did you mean 'dovecot-login-hang'?");
}

TEST(RuleCommands, TheFactsAreTablesOfWhatConditionsRead) {
  const std::string text = list_facts();
  EXPECT_THAT(text, StartsWith("fact "));
  EXPECT_THAT(text, ContainsRegex("jump.direction +direction of the newest jump +forward, back"));
  EXPECT_THAT(text, ContainsRegex("probe.<target>.<probe> +state of the probe +ok, failed"));
  EXPECT_THAT(text, HasSubstr("max_over(abs(offset), 5m)"));
}

TEST(RuleCommands, AReplaySaysWhoseRulesDecidedAndWhatIsDamaged) {
  const TemporaryFolder folder;
  const auto empty = replay_decisions(folder.write("none.jsonl", ""), "");
  ASSERT_TRUE(empty) << empty.error().describe();
  EXPECT_TRUE(empty->sound);
  EXPECT_EQ(empty->text,
            "0 decisions, by the shipped rules, without a configuration file: 0 the same, 0 of "
            "rules that have changed since, 0 different or damaged\n");
  const auto damaged = replay_decisions(folder.write("bad.jsonl", "[]\n"), "");
  ASSERT_TRUE(damaged) << damaged.error().describe();
  EXPECT_FALSE(damaged->sound);
  EXPECT_THAT(damaged->text, StartsWith(folder.file("bad.jsonl") + ":1: "));
  EXPECT_EQ(replay_decisions(folder.file("absent"), "").error().code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace slewd::app
