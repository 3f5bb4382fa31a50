#include "rules/report.hpp"

#include <gtest/gtest.h>

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
  EXPECT_EQ(describe_rule(file.rules[0], file),
            "hang (shadow, t.json)\n"
            "  note     why\n"
            "  when     failing(mail.login) > 1s and offset < 1s\n"
            "  for      2s\n"
            "  clear    probe.mail == ok for 1m\n"
            "  reads    probe.mail.login: state of the probe or target: unknown, ok or failed\n"
            "  reads    offset: estimated clock error; positive = the local clock is behind\n"
            "  do       reload mail, at most 10s; proved by 2 x mail.login within 30s; on failure: "
            "next\n"
            "  do       notify lost, at most 30s; on failure: stop\n"
            "  target   mail: mail.service; probe mail.port: tcp 127.0.0.1:143 every 1s; probe "
            "mail.login: imap_login 127.0.0.1:143 every 1s\n"
            "  limits   cool-down 5m, at most 3 in an hour, rests for 30m after 2 failures\n");
}

TEST(Report, TellsWhenARuleBeforeAStepIsJudgedAndHowLongItMayTake) {
  const FileReport report =
      check_rule_file(rule_text(R"({"name": "r", "phase": "pre_step", "when": "step.pending < -5s",
        "do": [{"stop": "mail"}], "deadline": {"hooks": "40s", "on_expiry": "slew"}})"),
                      "t.json");
  EXPECT_NE(report.text.find("  phase    pre_step: all its actions within 40s, else the offset is "
                             "slewed\n  when     step.pending < -5s\n"),
            std::string::npos)
      << report.text;
}

TEST(Report, ExplainsARuleAsItStands) {
  RuleView view;
  view.name = "hang";
  view.state = RuleState::suppressed;
  view.when = "offset > 1s";
  view.since = MonoTime{10s};
  view.explanation = "paused: maintenance; offset=2s > 1s: true";
  view.evaluations = 7;
  view.unknown_evaluations = 2;
  view.suppressed[static_cast<std::size_t>(Gate::paused)] = 1;
  ActionCounters counters;
  counters.action = "reload mail";
  counters.attempts = 3;
  counters.failures = 1;
  counters.verified = 2;
  counters.in_progress = true;
  view.actions.push_back(counters);
  EXPECT_EQ(explain_rule(view, MonoTime{22s}),
            "hang: suppressed for 12.0 s (mode shadow)\n"
            "  when     offset > 1s\n"
            "  why      paused: maintenance; offset=2s > 1s: true\n"
            "  looked   7 times, 2 with a fact missing\n"
            "  stopped  1 times by paused\n"
            "  action   reload mail: 3 tried, 1 failed, 2 verified, at work\n");
}

TEST(Report, ChecksAFileAndListsItsRulesOrItsProblems) {
  const FileReport good = check_rule_file(
      rule_text(R"({"name": "r", "when": "true", "do": [{"burst": true}]})"), "t.json");
  EXPECT_TRUE(good.good);
  EXPECT_TRUE(good.text.starts_with("t.json: good: 1 rules, 2 targets\n  target   mail: "))
      << good.text;
  EXPECT_NE(good.text.find("r (shadow, t.json)\n"), std::string::npos) << good.text;
  EXPECT_NE(good.text.find("web: no unit; restart: /bin/web again\n"), std::string::npos)
      << good.text;
  const FileReport bad = check_rule_file("{", "t.json");
  EXPECT_FALSE(bad.good);
  EXPECT_TRUE(bad.text.starts_with("t.json:1: syntax error")) << bad.text;
}

TEST(Report, TheReferenceNamesEveryFactAndFunction) {
  const std::string text = fact_reference();
  for (const FactInfo& fact : fact_table())
    EXPECT_NE(text.find("| `" + std::string(fact.name) + "` |"), std::string::npos) << fact.name;
  EXPECT_NE(text.find("| `max_over(abs(offset), 5m)` |"), std::string::npos);
  EXPECT_NE(text.find("| `jump.direction` | forward, backward |"), std::string::npos);
}

}  // namespace
}  // namespace slewd::rules
