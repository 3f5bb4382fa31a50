// SPDX-License-Identifier: Apache-2.0
// slewctl's tables over the documents that the exporter itself makes: the two cannot drift apart.
#include "agent/ctl/ctl_tables.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/table.hpp"
#include "exporter/api/api.hpp"
#include "exporter/api/api_jumps.hpp"

#include "tests/unit/exporter/sample_data.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

std::string shown(const Result<std::string>& table) {
  EXPECT_TRUE(table) << table.error().describe();
  return table ? *table : "";
}

std::ptrdiff_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

class CtlTables : public testing::Test {
 protected:
  [[nodiscard]] std::string status() const {
    return exporter::status_json(snapshot_, &status_, {"1.2.3", "abc", "g++", "mail-1"}, now_);
  }
  [[nodiscard]] std::string rules() const {
    return exporter::rules_json(status_, now_.mono, exporter::Output::shown);
  }

  exporter::FakeClock clock_;
  core::ClockReading now_ = clock_.now();
  core::Snapshot snapshot_ = exporter::sample_snapshot(now_);
  rules::Status status_ = exporter::sample_status(now_);
};

TEST_F(CtlTables, StatusShowsWhatTheApiSays) {
  const std::string table = shown(status_table(status()));
  const auto json = nlohmann::json::parse(status());
  EXPECT_THAT(table, ContainsRegex("verdict +" + json["verdict"]["level"].get<std::string>()));
  EXPECT_THAT(table, ContainsRegex("state +[Ss]ync for 11"));
  EXPECT_THAT(table, ContainsRegex("mode +auto, steering"));
  EXPECT_THAT(table, ContainsRegex("offset +\\+830 us"));
  EXPECT_THAT(table, ContainsRegex("error bound +3.10 ms"));
  EXPECT_THAT(table, ContainsRegex("frequency +-90.700 ppm \\+- 0.040 ppm"));
  EXPECT_THAT(table, ContainsRegex("base frequency +-90.700 ppm, limit 500.000 ppm"));
  EXPECT_THAT(
      table,
      ContainsRegex("invariants +lone_move violated 1 times, outside_majority violated 2 times"));
  EXPECT_THAT(table, ContainsRegex("slew +790 us left at 12.500 ppm, done in "));
  EXPECT_THAT(table, ContainsRegex("stratum +2\n"));
  EXPECT_THAT(table, ContainsRegex("leap second +insert before 2024-07-01.*, mode slew"));
  EXPECT_THAT(table, ContainsRegex("TAI offset +37 s, list until 2025-06-30"));
  EXPECT_THAT(table, ContainsRegex("sources +5, 4 reachable, 3 usable, selected: "
                                   "ntp1.example.net"));
  EXPECT_THAT(table, ContainsRegex("jumps +4, largest backward 11.0 s"));
}

TEST_F(CtlTables, StatusOfADaemonThatKnowsNothingYetHasDashesAndNoZeros) {
  snapshot_ = core::Snapshot();
  snapshot_.observe_reason = "configured";
  const std::string table =
      shown(status_table(exporter::status_json(snapshot_, nullptr, {}, now_)));
  EXPECT_THAT(table, ContainsRegex("mode +auto, not steering: configured"));
  EXPECT_THAT(table, ContainsRegex("offset +- "));
  EXPECT_THAT(table, ContainsRegex("error bound +-\n"));
  EXPECT_THAT(table, ContainsRegex("\nfrequency +-\n"));
  EXPECT_THAT(table, ContainsRegex("base frequency +-, "));
  EXPECT_THAT(table, ContainsRegex("invariants +ok"));
  EXPECT_THAT(table, ContainsRegex("slew +none"));
  EXPECT_THAT(table, ContainsRegex("selected: -\n"));
  EXPECT_THAT(table, ContainsRegex("last update +never\n"));
}

TEST_F(CtlTables, AFastSlewIsToldInPercent) {
  snapshot_.clock.slew_rate = Ppm{-250'000};
  EXPECT_THAT(shown(status_table(status())), HasSubstr("left at -25.0 %, done in "));
}

TEST_F(CtlTables, ANegativeOffsetKeepsItsSign) {
  snapshot_.clock.offset = -11s;
  EXPECT_THAT(shown(status_table(status())), ContainsRegex("offset +-11.0 s"));
}

TEST_F(CtlTables, SourcesShowEverySource) {
  const std::string table = shown(sources_table(exporter::sources_json(snapshot_, now_.mono)));
  EXPECT_EQ(lines(table), 1 + static_cast<std::ptrdiff_t>(snapshot_.sources.size()));
  for (const core::SourceView& source : snapshot_.sources) {
    EXPECT_THAT(table, HasSubstr(source.name));
    EXPECT_THAT(table, HasSubstr(source.address));
    EXPECT_THAT(table, HasSubstr(source.reason));
    EXPECT_THAT(table, HasSubstr(std::string(to_string(source.state))));
  }
  EXPECT_THAT(table, ContainsRegex(
                         "time.example.org +\\[2001:db8::123\\]:123 +candidate +C0000201 +2 .* 357 "
                         "+\\+1.31 ms"));
  EXPECT_THAT(table, ContainsRegex("101 s +13 delay +agrees"));
  EXPECT_THAT(table, ContainsRegex("gone.example.com .* 000 +- +- +- +- "));
}

TEST_F(CtlTables, TheExitStatusIsThatOfTheVerdict) {
  const auto exit_status = [&] {
    const auto status = status_exit(exporter::status_json(snapshot_, nullptr, {}, now_));
    EXPECT_TRUE(status);
    return status.value_or(-1);
  };
  EXPECT_EQ(exit_status(), 0);
  snapshot_.phase.phase = core::Phase::hold;
  EXPECT_EQ(exit_status(), kExitWarning);
  snapshot_.phase.phase = core::Phase::unset;
  EXPECT_EQ(exit_status(), kExitUnknown);
  snapshot_.majority_lost = true;
  EXPECT_EQ(exit_status(), kExitCritical);
  EXPECT_FALSE(status_exit("{}")) << "another version's answer";
}

TEST_F(CtlTables, JumpsShowSignCauseAndWitnesses) {
  const std::string table = shown(jumps_table(exporter::jumps_json(snapshot_.jumps, now_.mono), 0));
  EXPECT_EQ(lines(table), 5);
  EXPECT_THAT(table, ContainsRegex("41 +22.0 min ago +external_step +-11.0 s +40.0 us .* "
                                   "clock_set real-mono"));
  EXPECT_THAT(table, ContainsRegex("own_step +\\+11.0 s"));
  snapshot_.jumps = {};
  EXPECT_EQ(shown(jumps_table(exporter::jumps_json(snapshot_.jumps, now_.mono), 0)), "no jumps\n");
}

TEST_F(CtlTables, RulesShowEveryRuleAndProbe) {
  const std::string table = shown(rules_table(rules()));
  for (const rules::RuleView& rule : status_.rules) {
    EXPECT_THAT(table, HasSubstr(rule.name));
    EXPECT_THAT(table, HasSubstr(rule.explanation));
  }
  for (const rules::ProbeView& probe : status_.probes) {
    EXPECT_THAT(table, HasSubstr(probe.name));
    EXPECT_THAT(table, HasSubstr(probe.detail));
  }
  EXPECT_THAT(table, Not(HasSubstr("PAUSED")));
}

TEST_F(CtlTables, RulesOfServicesThatAreNotInstalledAreListedOnlyWhenAllAre) {
  status_.rules.front().absent = "dovecot.service is not installed";
  const std::string name = status_.rules.front().name;
  EXPECT_THAT(shown(rules_table(rules(), 0, true)),
              ContainsRegex(name + " +[a-z]+ +not installed"));
  const std::string few = shown(rules_table(rules(), 0, false));
  EXPECT_THAT(few, Not(HasSubstr(name)));
  EXPECT_THAT(few, Not(HasSubstr(status_.probes.front().detail)));
  EXPECT_THAT(few, HasSubstr("\n1 rules for services that are not installed are hidden; to list "
                             "them: slewctl rules --all\n"));
}

TEST_F(CtlTables, RulesKeepWithinTheWidthGiven) {
  status_.rules.front().explanation = std::string(200, 'x');
  for (const std::size_t width : {std::size_t{20}, std::size_t{80}}) {
    const std::string table = shown(rules_table(rules(), width, true));
    EXPECT_EQ(widest_line(table), width);
    EXPECT_THAT(table, HasSubstr("...\n"));
  }
}

TEST_F(CtlTables, RulesSayFirstThatTheyArePaused) {
  status_.paused = true;
  status_.paused_reason = "maintenance";
  EXPECT_TRUE(shown(rules_table(rules())).starts_with("PAUSED: maintenance\n"));
}

TEST_F(CtlTables, ActionsShowEveryOutcomeNewestFirst) {
  const std::string table =
      shown(actions_table(exporter::actions_json(status_, now_.mono, exporter::Output::shown)));
  EXPECT_EQ(lines(table), 3);
  EXPECT_LT(table.find("reload dovecot"), table.find("offset-needs-a-burst"));
  EXPECT_THAT(table, ContainsRegex("12 +21.0 min ago +dovecot-login-hang +reload dovecot +verified "
                                   "+1.24 s +2 logins in a row"));
  status_.recent.back().earlier_boot = true;
  EXPECT_THAT(
      shown(actions_table(exporter::actions_json(status_, now_.mono, exporter::Output::shown))),
      HasSubstr("12  earlier boot"));
  status_.recent.clear();
  EXPECT_EQ(
      shown(actions_table(exporter::actions_json(status_, now_.mono, exporter::Output::shown))),
      "no actions\n");
}

TEST_F(CtlTables, AnExplanationHasTheConditionAndItsActions) {
  const std::string text = shown(rule_explanation(rules(), "dovecot-login-hang"));
  EXPECT_THAT(text, HasSubstr("dovecot-login-hang (act): cooling for 21.0 min\n"));
  EXPECT_THAT(text, HasSubstr("  when  " + status_.rules[0].when + "\n"));
  EXPECT_THAT(text, HasSubstr("  why   " + status_.rules[0].explanation + "\n"));
  EXPECT_THAT(text, HasSubstr("  blocked by cooldown: 4\n"));
  EXPECT_THAT(text, HasSubstr("  reload dovecot: 1 attempts, 1 verified, 0 failed, last success "
                              "21.0 min ago\n"));
  EXPECT_THAT(text, HasSubstr("  restart dovecot: 0 attempts, 0 verified, 0 failed, last success "
                              "never\n"));
}

TEST_F(CtlTables, AnExplanationAsJsonIsTheRulesOwnObject) {
  const auto rule =
      nlohmann::json::parse(shown(rule_explanation(rules(), "dovecot-login-hang", true)));
  EXPECT_EQ(rule["name"], "dovecot-login-hang");
  EXPECT_EQ(rule["mode"], "act");
  EXPECT_FALSE(rule_explanation(rules(), "absent", true));
}

TEST_F(CtlTables, AnExplanationOfAnUnknownRuleSuggestsANearOne) {
  const auto none = rule_explanation(rules(), "dovecot-login-hung");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::not_found);
  EXPECT_EQ(none.error().message(),
            "no rule 'dovecot-login-hung'; did you mean 'dovecot-login-hang'?");
  const auto far = rule_explanation(rules(), "x");
  ASSERT_FALSE(far);
  EXPECT_EQ(far.error().message(), "no rule 'x'");
}

TEST_F(CtlTables, WhatIsNoAnswerOfSlewdIsAnErrorAndNoCrash) {
  for (const std::string text :
       {"", "{", "[]", "null", "3", "\"x\"", "{}", R"({"sources": 3})", R"({"sources": [3]})",
        R"({"sources": [{"name": 3}]})", R"({"jumps": [null]})", R"({"rules": {}})",
        R"({"rules": [], "probes": [[]]})", R"({"actions": {"a": {"intent": []}}})",
        R"({"verdict": {"level": 1}, "sources": {}, "jumps": {}, "slew": {}})"}) {
    for (const auto& result : {status_table(text), jumps_table(text, 0), rules_table(text),
                               sources_table(text), actions_table(text)}) {
      if (result) continue;
      EXPECT_EQ(result.error().code(), ErrorCode::internal) << text;
    }
    EXPECT_FALSE(status_table(text)) << text;
    EXPECT_FALSE(rule_explanation(text, "x")) << text;
  }
}

TEST_F(CtlTables, EveryTruncationOfAnAnswerIsAnError) {
  const std::string whole = status();
  for (std::size_t length = 0; length + 2 < whole.size(); ++length)
    EXPECT_FALSE(status_table(std::string_view(whole).substr(0, length))) << length;
}

TEST_F(CtlTables, NoTextFromElsewhereReachesTheTerminalAsControl) {
  status_.probes[0].detail = "a\x1b[2J\nb";
  status_.rules[0].explanation = "a\x1b[2J\nb";
  snapshot_.sources[0].reason = "a\x1b[2J\nb";
  for (const std::string& text :
       {shown(rules_table(rules())), shown(rule_explanation(rules(), status_.rules[0].name)),
        shown(sources_table(exporter::sources_json(snapshot_, now_.mono)))}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_THAT(text, HasSubstr("a?[2J?b"));
  }
}

}  // namespace
}  // namespace slewd::app
