// SPDX-License-Identifier: Apache-2.0
#include "rules/files/report.hpp"

#include <gtest/gtest.h>

#include "rules/files/rule_file.hpp"

#include "tests/unit/rules/rule_text.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

TEST(Report, ShowsARuleWithAllThatItRestsOn) {
  const RuleFile file = rules_of(
      R"({"name": "hang", "note": "why", "when": "failing(mail.login) > 1s and offset < 1s",
          "for": "2s", "clear": "probe.mail == ok", "clear_for": "1m",
          "do": [{"reload": "mail", "timeout": "10s", "on_fail": "next",
                  "verify": {"probe": "mail.login"}}, {"notify": "lost"}]})");
  ASSERT_EQ(file.rules.size(), 1U);
  EXPECT_EQ(
      describe_rule(file.rules[0], file),
      "hang (shadow, t.json)\n"
      "  note     why\n"
      "  when     failing(mail.login) > 1s and offset < 1s\n"
      "  for      2s\n"
      "  clear    probe.mail == ok for 1m\n"
      "  reads    probe.mail.login: state of the probe or target: unknown, ok or failed\n"
      "  reads    offset: estimated clock error; positive = the local clock is behind\n"
      "  do       reload mail, at most 10s; verified by 2 x mail.login within 30s; on failure: "
      "next\n"
      "  do       notify lost, at most 30s; on failure: stop\n"
      "  target   mail: mail.service; probe mail.port: tcp 127.0.0.1:143 every 1s; probe "
      "mail.login: imap_login 127.0.0.1:143 every 1s\n"
      "  limits   cool-down 5m, at most 3 in an hour, rests for 30m after 2 failures\n");
}

TEST(Report, TellsWhenARuleBeforeAStepIsJudgedAndHowLongItMayTake) {
  const RuleFile file = rules_of(
      R"({"name": "r", "phase": "pre_step", "when": "step.pending < -5s",
        "do": [{"stop": "mail"}], "deadline": {"hooks": "40s", "on_expiry": "slew"}})");
  const std::string text = describe_rule(file.rules[0], file);
  EXPECT_NE(text.find("  phase    pre_step: all its actions within 40s, else the offset is "
                      "slewed\n  when     step.pending < -5s\n"),
            std::string::npos)
      << text;
}

TEST(Report, TellsTheModeThatAGlobalOneLeaves) {
  const auto file = parse_rule_file(
      R"({"schema": "slewd.rules/1", "global": {"mode": "shadow"}, "rules": [
          {"name": "r", "mode": "act", "when": "true", "do": [{"burst": true}]}]})",
      "t.json");
  ASSERT_TRUE(file) << file.error().describe();
  EXPECT_TRUE(describe_rule(file->rules[0], *file)
                  .starts_with("r (shadow: act under a global mode, t.json)\n"));
}

TEST(Report, DescribesATargetThatHasNoUnit) {
  const RuleFile file = rules_of(R"({"name": "r", "when": "true", "do": [{"restart": "web"}]})");
  EXPECT_NE(describe_rule(file.rules[0], file).find("web: no unit; restart: /bin/web again\n"),
            std::string::npos);
}

}  // namespace
}  // namespace slewd::rules
