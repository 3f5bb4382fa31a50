// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/rule_commands.hpp"

#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/config/check_config.hpp"
#include "agent/config/config.hpp"
#include "agent/ctl/rule_switch.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kRule = "dovecot-login-hang";

TEST(RuleCommands, SayWhichRulesTheyHaveRead) {
  const TemporaryFolder folder;
  const std::string config = folder.write("slewd.json", "{}");
  const auto shipped = show_rule(kRule, "");
  ASSERT_TRUE(shipped) << shipped.error().describe();
  EXPECT_THAT(*shipped, StartsWith("dovecot-login-hang (shadow, "));
  EXPECT_THAT(*shipped, EndsWith("\n(the shipped rules; no configuration file)\n"));
  EXPECT_THAT(show_rule(kRule, config).value(), EndsWith("\n(the rules of " + config + ")\n"));
}

TEST(RuleCommands, AnUnknownRuleIsToldWithANearOne) {
  const auto none = show_rule("dovecot-login-hung", "");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message(),
            "no rule 'dovecot-login-hung' in the shipped rules; no configuration file; "
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
            "0 decisions, re-evaluated with the shipped rules; no configuration file: 0 same, 0 of "
            "changed rules, 0 different or damaged\n");
  const auto damaged = replay_decisions(folder.write("bad.jsonl", "[]\n"), "");
  ASSERT_TRUE(damaged) << damaged.error().describe();
  EXPECT_FALSE(damaged->sound);
  EXPECT_THAT(damaged->text, StartsWith(folder.file("bad.jsonl") + ":1: "));
  EXPECT_EQ(replay_decisions(folder.file("absent"), "").error().code(), ErrorCode::not_found);
}

class RuleSwitchTest : public testing::Test {
 protected:
  RuleSwitchTest() {
    for (const char* name : {"rules.d", "etc", "run", "usr"})
      std::filesystem::create_directory(folder.file(name));
    config =
        folder.write("slewd.json", R"({"rules": {"folder": ")" + folder.file("rules.d") + R"("}})");
  }
  Result<std::string> enable(const std::string& rule, const std::string& reason = "we run it") {
    return switch_rule({rule, rules::RuleMode::act, reason, config},
                       {folder.file("run"), folder.file("usr"), folder.file("etc")});
  }
  rules::RuleMode mode_of(const std::string& rule) {
    const auto loaded = load_config(config);
    EXPECT_TRUE(loaded) << loaded.error().describe();
    return loaded->rules.find_rule(rule)->mode;
  }

  TemporaryFolder folder;
  std::string config;
};

TEST_F(RuleSwitchTest, WritesAFileThatIsInForceAtTheNextLoad) {
  EXPECT_EQ(mode_of(kRule), rules::RuleMode::shadow);
  const auto text = enable(kRule, "two lines\nof a reason");
  ASSERT_TRUE(text) << text.error().describe();
  EXPECT_THAT(*text,
              StartsWith("wrote " + folder.file("rules.d") + "/mode-dovecot-login-hang.json"));
  EXPECT_EQ(mode_of(kRule), rules::RuleMode::act);
  EXPECT_TRUE(check_config(config)->sound);
  // Once more, the other way.
  ASSERT_TRUE(switch_rule({kRule, rules::RuleMode::off, "enough", config}));
  EXPECT_EQ(mode_of(kRule), rules::RuleMode::off);
}

TEST_F(RuleSwitchTest, MakesTheFolderOfRuleFilesWhereItIsMissing) {
  std::filesystem::remove_all(folder.file("rules.d"));
  ASSERT_TRUE(enable(kRule));
  EXPECT_EQ(mode_of(kRule), rules::RuleMode::act);
  EXPECT_EQ(std::filesystem::status(folder.file("rules.d")).permissions(),
            std::filesystem::perms{0755});
}

TEST_F(RuleSwitchTest, SaysWhatIsMissingAndHowToGetIt) {
  const std::string text = enable(kRule).value();
  EXPECT_THAT(text, HasSubstr("missing: unit: dovecot.service is not installed; install"));
  EXPECT_THAT(text, HasSubstr("missing: password file: /etc/slewd/imap-probe.password"));
  EXPECT_THAT(text, HasSubstr("slewctl rules explain " + std::string(kRule)));
  EXPECT_THAT(enable("varnish-guarded-step").value(),
              HasSubstr("missing: unit: varnish.service is not installed"));
}

TEST_F(RuleSwitchTest, SaysOfARuleAboutANodeThatThereIsNoCluster) {
  constexpr const char* kVariable = "KUBERNETES_SERVICE_HOST";
  ASSERT_EQ(::unsetenv(kVariable), 0);
  EXPECT_THAT(enable("k8s-node-taint").value(),
              HasSubstr("missing: cluster: not running in a Kubernetes pod"));
  ASSERT_EQ(::setenv(kVariable, "10.0.0.1", 1), 0);
  EXPECT_THAT(enable("k8s-node-step").value(), Not(HasSubstr("missing: cluster")));
  ASSERT_EQ(::unsetenv(kVariable), 0);
}

TEST_F(RuleSwitchTest, ReadsWhatPolkitLetsSlewdDo) {
  for (const char* name :
       {"run/systemd", "run/systemd/system", "run/dbus", "etc/systemd", "etc/systemd/system",
        "etc/polkit-1", "etc/polkit-1/rules.d", "usr/dbus-1", "usr/dbus-1/system-services"})
    std::filesystem::create_directory(folder.file(name));
  folder.write("run/dbus/system_bus_socket", "");
  folder.write("etc/systemd/system/dovecot.service", "");
  folder.write("usr/dbus-1/system-services/org.freedesktop.PolicyKit1.service", "");
  folder.write("etc/polkit-1/rules.d/50-slewd.rules",
               "// \"dovecot.service\": [\"restart\"]\n  \"dovecot.service\": [\"reload\"]\n");
  const std::string text = enable(kRule).value();
  EXPECT_THAT(
      text,
      HasSubstr("does not allow slewd to restart dovecot.service; add \"restart\" to the line"));
  EXPECT_THAT(text, Not(HasSubstr("allow slewd to reload")));
  EXPECT_THAT(text, Not(HasSubstr("missing: unit")));
  folder.write(
      "etc/polkit-1/rules.d/50-slewd.rules",
      "var units = { 'dovecot.service': [ // both\n 'reload', /* and */\n \"restart\" ] };");
  EXPECT_THAT(enable(kRule).value(), Not(HasSubstr("does not allow slewd")));
  folder.write("etc/polkit-1/rules.d/50-slewd.rules",
               R"(var units = {"dovecot.service": ["reload"], "other.service": ["restart"]};
                  /* "dovecot.service": ["restart"] */ log("'dovecot.service': ['restart']"))");
  EXPECT_THAT(enable(kRule).value(), HasSubstr("does not allow slewd to restart dovecot.service"));
}

TEST_F(RuleSwitchTest, RefusesWhatItCannotMeanOrWhatIsSetElsewhere) {
  EXPECT_THAT(enable("dovecot-login-hung").error().message(),
              HasSubstr("did you mean 'dovecot-login-hang'?"));
  EXPECT_THAT(enable(kRule, " ").error().message(), HasSubstr("--reason"));
  folder.write("slewd.json", R"({"rules": {"folder": ")" + folder.file("rules.d") +
                                 R"(", "modes": {"dovecot-login-hang": "off"}}})");
  EXPECT_EQ(enable(kRule).error().message(),
            "the mode of rule 'dovecot-login-hang' is set in " + config + "; change it there");
}

TEST_F(RuleSwitchTest, ModesOfTheConfigurationHoldAndWrongOnesAreTold) {
  const auto with = [&](const std::string& modes) {
    folder.write("slewd.json", R"({"rules": {"folder": ")" + folder.file("rules.d") +
                                   R"(", "modes": )" + modes + "}}");
  };
  with(R"({"dovecot-login-hang": "act", "etcd34-lease": "shadow"})");
  EXPECT_EQ(mode_of(kRule), rules::RuleMode::act);
  EXPECT_EQ(mode_of("etcd34-lease"), rules::RuleMode::shadow);
  with(R"({"dovecot-login-hung": "act"})");
  EXPECT_FALSE(check_config(config)->sound);
  EXPECT_THAT(check_config(config)->text, HasSubstr("no such rule; did you mean"));
  with(R"({"dovecot-login-hang": "on"})");
  EXPECT_THAT(load_config(config).error().describe(), HasSubstr("rules.modes.dovecot-login-hang"));
  with(R"({"dovecot-login-hang": "act"})");
  folder.write("rules.d/other.json",
               R"({"schema": "slewd.rules/1", "modes": {"dovecot-login-hang": "off"}})");
  EXPECT_EQ(mode_of(kRule), rules::RuleMode::act);
  EXPECT_THAT(check_config(config)->text,
              HasSubstr("the mode of rule 'dovecot-login-hang' is already set in " + config));
}

}  // namespace
}  // namespace slewd::app
