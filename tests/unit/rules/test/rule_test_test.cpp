// SPDX-License-Identifier: Apache-2.0
#include "rules/test/rule_test.hpp"

#include <gtest/gtest.h>

#include "tests/unit/rules/rule_text.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

const std::string kTestedRules = rule_text(R"(
{"name": "hang", "mode": "act", "when": "backward_step(1m) > 1s and failing(mail.login) >= 1s",
 "for": "2s", "do": [{"reload": "mail", "verify": {"probe": "mail.login"}, "on_fail": "next"},
                     {"notify": "lost"}], "limits": {"cooldown": "1m"}},
{"name": "loud", "mode": "shadow", "when": "offset > 1s", "do": [{"notify": "far off"}]},
{"name": "guard", "mode": "act", "phase": "pre_step", "when": "step.pending < -5s",
 "do": [{"stop": "mail", "on_fail": "rollback"}], "after_step": [{"start": "mail"}]},
{"name": "no", "mode": "act", "phase": "pre_step", "when": "step.pending > 1h",
 "do": [{"veto": true}]})");

Result<RuleTestFile> parse(const std::string& tests) {
  return parse_rule_tests(
      R"({"schema": "slewd.rules-test/1", "rule_files": ["own.json"], "tests": [)" + tests + "]}",
      "t.json", [](const std::string& path) -> Result<std::string> {
        if (path != "own.json") return fail(ErrorCode::not_found, path + ": no such file");
        return kTestedRules;
      });
}

std::string test_refusal(const std::string& test) {
  const auto file = parse(test);
  EXPECT_FALSE(file) << test;
  return file ? "" : file.error().message();
}

// The failures of one test; its facts and events are those of a hang at 10 s.
std::vector<std::string> failures(const std::string& expectation, const std::string& more = "") {
  const auto file = parse(R"({"name": "t", "until": "30s",
    "facts": {"probe.mail.login": {"0s": "ok", "11s": "failed", "17s": "ok"}, "synchronized": true},
    "events": [{"at": "10s", "jump": {"size": "-60s"}}],)" +
                          more + "\n\"expect\": [" + expectation + "]}");
  EXPECT_TRUE(file) << file.error().describe();
  if (!file) return {};
  const RuleTestReport report = run_rule_tests(*file);
  EXPECT_EQ(report.tests, 1U);
  EXPECT_EQ(report.expectations, file->tests.front().expectations.size());
  return report.failures;
}

using Lines = std::vector<std::string>;

TEST(RuleTest, FollowsARuleThroughItsStates) {
  EXPECT_EQ(failures(R"({"at": "11s", "rule": "hang", "state": "inactive"},
                        {"at": "12s", "rule": "hang", "state": "pending"},
                        {"at": "14s", "rule": "hang", "state": "firing"},
                        {"at": "17s", "rule": "hang", "state": "cooling", "explains": "cool-down"},
                        {"rule": "hang", "actions": ["reload mail"]},
                        {"between": ["0s", "13s"], "rule": "hang", "actions": []},
                        {"never": "loud"})"),
            Lines{});
}

TEST(RuleTest, TellsAWrongStateWithTheRulesOwnExplanation) {
  const Lines lines = failures(R"({"at": "12s", "rule": "hang", "state": "firing"})");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(
      lines[0],
      "t.json:4: 't': at 12s rule 'hang' should be firing and is pending; why: true for 0s of "
      "2s; backward_step(1m)=1m > 1s: true; failing(mail.login)=1s >= 1s: true");
}

TEST(RuleTest, TellsActionsThatWereNotExpectedAndThoseThatDidNotCome) {
  Lines lines = failures(R"({"never": "hang"})");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(
      lines[0].starts_with("t.json:4: 't': from 0s to 30s rule 'hang' should begin nothing "
                           "and begins reload mail at 14s; why, in the end: "))
      << lines[0];
  lines = failures(R"({"between": ["20s", "30s"], "rule": "hang", "actions": ["reload mail"]})");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(
      lines[0].starts_with("t.json:4: 't': from 20s to 30s rule 'hang' should begin reload "
                           "mail and begins nothing; "))
      << lines[0];
  lines = failures(R"({"at": "14s", "rule": "hang", "explains": "maintenance"})");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(
      lines[0].starts_with("t.json:4: 't': at 14s rule 'hang' should contain 'maintenance'; "))
      << lines[0];
}

TEST(RuleTest, ActionsEndAsTheTestSays) {
  EXPECT_EQ(failures(R"({"rule": "hang", "actions": ["reload mail", "notify lost"]})",
                     R"("outcomes": {"reload mail": "failed"},)"),
            Lines{});
  EXPECT_EQ(failures(R"({"at": "20s", "rule": "hang", "state": "firing"})", R"("takes": "7s",)"),
            Lines{});
}

TEST(RuleTest, ModesCanBeChanged) {
  EXPECT_EQ(failures(R"({"never": "hang"}, {"at": "20s", "rule": "hang", "state": "disabled"})",
                     R"("modes": {"hang": "off"},)"),
            Lines{});
  const Lines lines = failures(R"({"never": "hang"})", R"("modes": {"hang": "shadow"},)");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("begins would reload mail at 14s"), std::string::npos) << lines[0];
}

RuleTestReport test_report(const std::string& test) {
  const auto file = parse(test);
  EXPECT_TRUE(file) << file.error().describe();
  return file ? run_rule_tests(*file) : RuleTestReport{};
}

TEST(RuleTest, PauseAndResumeAreThoseOfTheOperator) {
  const auto report = test_report(R"({"name": "t", "facts": {"offset": "2s"}, "until": "20s",
    "events": [{"at": "0s", "pause": "maintenance"}, {"at": "10s", "resume": true}],
    "expect": [{"at": "5s", "rule": "loud", "state": "suppressed", "explains": "maintenance"},
               {"between": ["0s", "9s"], "rule": "loud", "actions": []},
               {"rule": "loud", "actions": ["notify far off"]}]})");
  EXPECT_EQ(report.failures, Lines{});
}

TEST(RuleTest, APlannedStepIsDoneRefusedOrGivenUp) {
  const std::string facts =
      R"("facts": {"synchronized": true, "unit.mail": "active"}, "until": "20s",)";
  const auto with = [&](const std::string& rest) {
    return test_report(R"({"name": "t", )" + facts + rest + "}").failures;
  };
  EXPECT_EQ(with(R"("events": [{"at": "5s", "announce_step": "-60s"}], "expect": [
      {"at": "5s", "step": "done"}, {"rule": "guard", "actions": ["stop mail", "start mail"]}])"),
            Lines{});
  EXPECT_EQ(with(R"("events": [{"at": "5s", "announce_step": "2h"}], "expect": [
      {"at": "5s", "step": "refused", "explains": "no"}, {"never": "guard"}])"),
            Lines{});
  EXPECT_EQ(with(R"("outcomes": {"stop mail": "failed"},
      "events": [{"at": "5s", "announce_step": "-60s"}], "expect": [{"at": "5s", "step": "given_up"},
      {"rule": "guard", "actions": ["stop mail", "start mail"]}])"),
            Lines{});
  const Lines wrong = with(R"("events": [{"at": "5s", "announce_step": "2h"}],
      "expect": [{"at": "5s", "step": "done"}, {"at": "6s", "step": "done"}])");
  ASSERT_EQ(wrong.size(), 2U);
  EXPECT_NE(wrong[0].find("the step should be done and is refused; refused by "), std::string::npos)
      << wrong[0];
  EXPECT_NE(wrong[1].find("at 6s no step is announced"), std::string::npos) << wrong[1];
}

TEST(RuleTest, NamesLinePathAndHelpOfABadTest) {
  const std::pair<const char*, const char*> kCases[] = {
      {R"({"name": "t", "expect": []})",
       "tests[0].expect: is missing: a test that expects nothing cannot fail"},
      {R"({"name": "t", "expect": [{"never": "hangs"}]})",
       "tests[0].expect[0].never: unknown rule 'hangs'; did you mean 'hang'?"},
      {R"({"name": "t", "expect": [{"rule": "hang", "state": "firing"}]})",
       R"(tests[0].expect[0].at: is missing: the time for "state", "gate", "step" or "explains")"},
      {R"({"name": "t", "expect": [{"at": "1s", "rule": "hang", "state": "firng"}]})",
       "tests[0].expect[0].state: 'firng' is not one of inactive, pending, firing, cooling, "
       "suppressed, disabled; did you mean 'firing'?"},
      {R"({"name": "t", "expect": [{"rule": "hang", "actions": ["reload mal"]}]})",
       "tests[0].expect[0].actions: no rule has the action 'reload mal'; did you mean 'reload "
       "mail'?"},
      {R"({"name": "t", "facts": {"ofset": "1s"}, "expect": [{"never": "hang"}]})",
       "tests[0].facts.ofset: unknown fact 'ofset'; did you mean 'offset'?"},
      {R"({"name": "t", "facts": {"jump.size": "1s"}, "expect": [{"never": "hang"}]})",
       R"(tests[0].facts.jump.size: follows from the events "jump")"},
      {R"({"name": "t", "facts": {"offset": 3}, "expect": [{"never": "hang"}]})",
       R"(tests[0].facts.offset: a text with a unit, for instance "64s", was expected, not an )"
       "integer"},
      {R"({"name": "t", "facts": {"offset": {"5s": "1s", "2s": "1s"}}, "expect": [{"never": "hang"}]})",
       "tests[0].facts.offset.2s: the times do not increase"},
      {R"({"name": "t", "events": [{"at": "1s"}], "expect": [{"never": "hang"}]})",
       "tests[0].events[0]: has no event; one of jump, log, announce_step, pause, resume, storm "
       "is needed"},
      {R"({"name": "t", "events": [{"at": "1s", "jump": {"size": "1s", "cause": "who"}}],
          "expect": [{"never": "hang"}]})",
       "tests[0].events[0].jump.cause: 'who' is not one of own_step, external_step, "},
      {R"({"name": "t", "until": "5s", "expect": [{"at": "9s", "rule": "hang", "state": "firing"}]})",
       "tests[0].until: the test ends before 9s, which it mentions"},
      {R"({"name": "t", "until": "2d", "expect": [{"never": "hang"}]})",
       "tests[0].until: more than 20000 evaluations"},
      {R"({"name": "t", "modes": {"hang": "on"}, "expect": [{"never": "hang"}]})",
       "tests[0].modes.hang: 'on' is not one of off, shadow, act"},
  };
  for (const auto& [test, expected] : kCases)
    EXPECT_NE(test_refusal(test).find(expected), std::string::npos) << test << "\n"
                                                                    << test_refusal(test);
}

TEST(RuleTest, AFaultyRuleFileIsToldLikeItsOwn) {
  const auto tests = [](const std::string& files, const std::string& rules) {
    const auto file = parse_rule_tests(
        R"({"schema": "slewd.rules-test/1", "rule_files": [)" + files + R"(], "tests": []})",
        "t.json", [&](const std::string& path) -> Result<std::string> {
          if (path == "gone.json") return fail(ErrorCode::not_found, "gone.json: no such file");
          return rules;
        });
    return file ? std::string() : file.error().message();
  };
  EXPECT_EQ(tests(R"("gone.json")", ""), "gone.json: no such file");
  EXPECT_TRUE(tests(R"("own.json")", "{").starts_with("own.json:1: syntax error"));
  EXPECT_EQ(tests(R"("builtin")", ""), "t.json:1: tests: is missing: the list of tests");
}

TEST(RuleTest, TheBuiltInRulesCanBeOverlaid) {
  const auto file = parse_rule_tests(
      R"({"schema": "slewd.rules-test/1", "rule_files": ["builtin", "own.json"], "tests": [
          {"name": "t", "expect": [{"never": "clock-external-step"}, {"never": "hang"}]}]})",
      "t.json", [](const std::string&) { return Result<std::string>(kTestedRules); });
  ASSERT_TRUE(file) << file.error().describe();
  EXPECT_EQ(run_rule_tests(*file).failures, Lines{});
}

}  // namespace
}  // namespace slewd::rules
