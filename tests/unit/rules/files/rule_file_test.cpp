// SPDX-License-Identifier: Apache-2.0
#include "rules/files/rule_file.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/limits.hpp"

#include "tests/unit/rules/rule_text.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

std::string file_refusal(const std::string& text) {
  const auto file = parse_rule_file(text, "t.json");
  return file ? "accepted" : file.error().describe();
}

// The rules start in line 7 of the text.
std::string refused_rule(const std::string& rule) { return file_refusal(rule_text("\n" + rule)); }

std::string refused_target(const std::string& target) {
  return file_refusal(R"({"schema": "slewd.rules/1", "targets": {)" + target + "}}");
}

TEST(RuleFile, ReadsEveryKey) {
  const auto file = parse_rule_file(R"({"schema": "slewd.rules/1",
    "targets": {"dovecot": {"unit": "dovecot.service",
      "commands": {"reload": ["/usr/bin/doveadm", "reload"]},
      "probes": {
        "login": {"type": "imap_login", "host": "::1", "port": 1143, "timeout": "2s",
                  "every": "500ms", "user": "probe", "password_file": "/etc/p"},
        "smtp": {"type": "banner", "port": 25, "expect": "220 "},
        "port": {"type": "tcp", "port": 143}}}},
    "rules": [{"name": "hang", "note": "why", "mode": "act",
      "when": "failing(dovecot.login) > 1s", "for": "2s", "clear": "probe.dovecot == ok",
      "clear_for": "1m",
      "do": [{"reload": "dovecot", "timeout": "10s", "on_fail": "next",
              "verify": {"probe": "dovecot.login", "successes": 3, "every": "100ms",
                         "within": "5s"}},
             {"run": ["/bin/a", "b"]}, {"poll": {"min": "16s", "max": "64s"}}, {"burst": true},
             {"notify": "lost"}],
      "limits": {"cooldown": "7m", "per_hour": 5}}]})",
                                    "t.json");
  ASSERT_TRUE(file) << file.error().describe();
  ASSERT_EQ(file->targets.size(), 1U);
  const Target& target = file->targets[0];
  EXPECT_EQ(target.unit, "dovecot.service");
  ASSERT_NE(target.command(Verb::reload), nullptr);
  EXPECT_EQ(target.command(Verb::reload)->at(1), "reload");
  EXPECT_EQ(target.command(Verb::stop), nullptr);
  ASSERT_EQ(target.probes.size(), 3U);
  const ProbeSpec& login = target.probes[0];
  EXPECT_EQ(login.name, "dovecot.login");
  EXPECT_EQ(login.type, ProbeType::imap_login);
  EXPECT_EQ(login.host, "::1");
  EXPECT_EQ(login.port, 1143);
  EXPECT_EQ(login.timeout, 2s);
  EXPECT_EQ(login.every, 500ms);
  EXPECT_EQ(login.expect, "* OK");
  EXPECT_EQ(login.user, "probe");
  EXPECT_EQ(login.password_file, "/etc/p");
  EXPECT_EQ(file->find_probe("dovecot.smtp")->expect, "220 ");
  EXPECT_EQ(file->find_probe("dovecot.port")->host, "127.0.0.1");

  ASSERT_EQ(file->rules.size(), 1U);
  const Rule& rule = file->rules[0];
  EXPECT_EQ(rule.note, "why");
  EXPECT_EQ(rule.mode, RuleMode::act);
  EXPECT_EQ(rule.when.text(), "failing(dovecot.login) > 1s");
  EXPECT_EQ(rule.hold, 2s);
  ASSERT_TRUE(rule.clear);
  EXPECT_EQ(rule.clear_for, 1min);
  EXPECT_EQ(rule.limits.cooldown, 7min);
  EXPECT_EQ(rule.limits.per_hour, 5);
  EXPECT_EQ(rule.file, "t.json");
  ASSERT_EQ(rule.links.size(), 5U);
  EXPECT_EQ(describe(rule.links[0].action), "reload dovecot");
  EXPECT_EQ(rule.links[0].timeout, 10s);
  EXPECT_EQ(rule.links[0].on_fail, OnFail::next);
  EXPECT_EQ(rule.links[0].verify->probe, "dovecot.login");
  EXPECT_EQ(rule.links[0].verify->successes, 3);
  EXPECT_EQ(rule.links[0].verify->every, 100ms);
  EXPECT_EQ(rule.links[0].verify->within, 5s);
  EXPECT_EQ(describe(rule.links[1].action), "run /bin/a b");
  EXPECT_EQ(describe(rule.links[2].action), "poll 16s..1m4s");
  EXPECT_EQ(describe(rule.links[3].action), "burst");
  EXPECT_EQ(describe(rule.links[4].action), "notify lost");
}

TEST(RuleFile, NewRulesAreInShadowWithSafeLimits) {
  const RuleFile file = rules_of(R"({"name": "r", "when": "true", "do": [{"burst": true}]})");
  ASSERT_EQ(file.rules.size(), 1U);
  EXPECT_EQ(file.rules[0].mode, RuleMode::shadow);
  EXPECT_EQ(file.rules[0].limits.cooldown, 5min);
  EXPECT_EQ(file.rules[0].limits.per_hour, 3);
  EXPECT_EQ(file.rules[0].links[0].on_fail, OnFail::stop);
}

TEST(RuleFile, RefusesWhatIsNoRuleFile) {
  const std::pair<const char*, const char*> kCases[] = {
      {"{}", R"(t.json:1: schema: is missing; write "schema": "slewd.rules/1")"},
      {R"({"schema": "slewd.rules/2"})",
       "t.json:1: schema: 'slewd.rules/2' is not supported; write \"schema\": "
       "\"slewd.rules/1\""},
      {"[1]", "t.json:1: an object was expected, not an array"},
      {R"({"schema": "slewd.rules/1", "rule": []})",
       "t.json:1: rule: unknown key; did you mean 'rules'?"},
      {R"({"schema": "slewd.rules/1", "rules": {}})",
       "t.json:1: rules: an array was expected, not an object"},
      {R"({"schema": "slewd.rules/1", "targets": []})",
       "t.json:1: targets: an object was expected, not an array"},
      {R"({"schema": "slewd.rules/1", "rules": [3]})",
       "t.json:1: rules[0]: an object was expected, not an integer"},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(file_refusal(text), expected) << text;
}

TEST(RuleFile, NamesLinePathAndColumnOfABadRule) {
  const std::pair<const char*, const char*> kCases[] = {
      {R"({"name": "r", "when": "ofset > 1s", "do": [{"burst": true}]})",
       "t.json:7: rules[0].when: column 1: unknown fact 'ofset'; did you mean 'offset'?"},
      {R"({"name": "r", "when": "true",
"clear": "abs(offset) < 5", "do": [{"burst": true}]})",
       "t.json:8: rules[0].clear: column 13: '<' needs operands of the same unit; 'abs(offset)' is "
       "a duration, "
       "'5' is a plain number; '5' needs a unit: 5s or 5ms"},
      {R"({"name": "r", "when": 5, "do": [{"burst": true}]})",
       "t.json:7: rules[0].when: a string was expected, not an integer"},
      {R"({"when": "true", "do": [{"burst": true}]})", "t.json:7: rules[0].name: is missing"},
      {R"({"name": "r", "do": [{"burst": true}]})",
       "t.json:7: rules[0].when: is missing: the condition, for instance \"abs(offset) > 128ms\""},
      {R"({"name": "r", "when": "true"})",
       "t.json:7: rules[0].do: is missing: the list of actions"},
      {R"({"name": "r", "when": "true", "do": []})",
       "t.json:7: rules[0].do: an action is needed; for a notification only, write [{\"notify\": "
       "\"...\"}]"},
      {R"({"name": "R_1", "when": "true", "do": [{"burst": true}]})",
       "t.json:7: rules[0].name: 'R_1' is not a valid name: a lower-case letter, then lower-case "
       "letters, "
       "digits and single '-', at most 64 bytes"},
      {R"({"name": "r", "when": "true", "do": [{"burst": true}], "mode": "acts"})",
       "t.json:7: rules[0].mode: 'acts' is not one of off, shadow, act; did you mean 'act'?"},
      {R"({"name": "r", "when": "true", "do": [{"burst": true}], "fro": "1s"})",
       "t.json:7: rules[0].fro: unknown key; did you mean 'for'?"},
      {R"({"name": "r", "when": "true", "do": [{"burst": true}], "for": "8d"})",
       "t.json:7: rules[0].for: 8d is outside 0s to 7d"},
      {R"({"name": "r", "when": "true", "do": [{"burst": true}], "limits": {"per_hour": 0}})",
       "t.json:7: rules[0].limits.per_hour: 0 is outside 1 to 60"},
      {R"({"name": "r", "when": "step.pending < -1s", "do": [{"burst": true}]})",
       R"(t.json:7: rules[0].when: only a rule with "phase": "pre_step" can read "step.pending")"},
      {R"({"name": "r", "when": "true", "do": [{"stop": "mail", "fallback_timer": "90s"}]})",
       R"(t.json:7: rules[0].do: "fallback_timer" is for rules with "phase": "pre_step")"},
      {R"({"name": "r", "when": "true", "do": [{"burst": true}], "limits": {"braker": {}}})",
       "t.json:7: rules[0].limits.braker: unknown key; did you mean 'breaker'?"},
  };
  for (const auto& [rule, expected] : kCases) EXPECT_EQ(refused_rule(rule), expected) << rule;
}

TEST(RuleFile, NamesLinePathAndHelpOfABadAction) {
  const auto with_link = [](const std::string& link) {
    return refused_rule(R"({"name": "r", "when": "true", "do": [)" + link + "]}");
  };
  const std::pair<const char*, const char*> kCases[] = {
      {R"({"timeout": "1s"})",
       "t.json:7: rules[0].do[0]: has no action; one of start, stop, restart, reload, run, "
       "poll, burst, holdover, ban, step, veto, hold_rules, notify, webhook, node_condition, "
       "node_event, node_taint is needed"},
      {R"({"reload": "mail", "run": ["/a"]})",
       "t.json:7: rules[0].do[0].run: a second action beside 'reload'; put it into an object of "
       "its own"},
      {R"({"relod": "mail", "burst": true})",
       "t.json:7: rules[0].do[0].relod: unknown key; did you mean 'reload'?"},
      {R"({"reload": "mial"})",
       "t.json:7: rules[0].do[0].reload: unknown target 'mial'; did you mean 'mail'?"},
      {R"({"reload": "mails"})",
       "t.json:7: rules[0].do[0].reload: unknown target 'mails'; did you mean 'mail'?"},
      {R"({"reload": "web"})",
       "t.json:7: rules[0].do[0].reload: target 'web' has neither a unit nor a command for "
       "'reload'; add \"unit\" or \"commands\": {\"reload\": [...]} to it"},
      {R"({"run": ["ls"]})",
       "t.json:7: rules[0].do[0].run: 'ls' is not an absolute path; no shell and no PATH is used, "
       "write for instance \"/usr/bin/ls\""},
      {R"({"run": []})", "t.json:7: rules[0].do[0].run: the program is missing"},
      {R"({"run": ["/a", "b\u0000c"]})",
       "t.json:7: rules[0].do[0].run: an argument has control characters or more than 1024 bytes"},
      {R"({"poll": {"min": "64s", "max": "16s"}})",
       "t.json:7: rules[0].do[0].poll.min: is above \"max\""},
      {R"({"poll": {"min": "64s"}})",
       R"(t.json:7: rules[0].do[0].poll: both "min" and "max" are needed)"},
      {R"({"burst": false})", "t.json:7: rules[0].do[0].burst: must be true, or absent"},
      {R"({"notify": ""})",
       "t.json:7: rules[0].do[0].notify: one line of text is needed, at most 1024 bytes"},
      {R"({"burst": true, "on_fail": "roll"})",
       "t.json:7: rules[0].do[0].on_fail: 'roll' is not one of next, stop, rollback"},
      {R"({"reload": "mail", "verify": {"probe": "mail.logn"}})",
       "t.json:7: rules[0].do[0].verify.probe: unknown probe 'mail.logn'; did you mean "
       "'mail.login'?"},
      {R"({"reload": "mail", "verify": {"probe": "mail"}})",
       "t.json:7: rules[0].do[0].verify.probe: unknown probe 'mail'; known: mail.port, "
       "mail.login"},
      {R"({"reload": "mail", "verify": {}})",
       "t.json:7: rules[0].do[0].verify.probe: is missing: the probe that verifies the effect"},
      {R"({"reload": "mail", "verify": 3})",
       "t.json:7: rules[0].do[0].verify: an object was expected, not an integer"},
  };
  for (const auto& [link, expected] : kCases) EXPECT_EQ(with_link(link), expected) << link;
}

TEST(RuleFile, NamesLinePathAndHelpOfABadTarget) {
  const auto with_probe = [](const std::string& probe) {
    return refused_target(R"("mail": {"probes": {"p": )" + probe + "}}");
  };
  EXPECT_EQ(
      refused_target(R"("Mail": {})"),
      "t.json:1: targets.Mail: 'Mail' is not a valid name: a lower-case letter, then lower-case "
      "letters, digits and single '-', at most 64 bytes");
  EXPECT_EQ(
      refused_target(R"("mail": {"unit": "dovecot"})"),
      "t.json:1: targets.mail.unit: 'dovecot' is not a unit: write its name with its type, for "
      "instance \"dovecot.service\"");
  EXPECT_EQ(refused_target(R"("mail": {"commands": {"reloud": ["/a"]}})"),
            "t.json:1: targets.mail.commands.reloud: unknown key; did you mean 'reload'?");
  EXPECT_EQ(refused_target(R"("mail": {"commands": {"reload": "/a"}})"),
            "t.json:1: targets.mail.commands.reload: an array was expected, not a string\n"
            "t.json:1: targets.mail.commands.reload: the program is missing");
  const std::pair<const char*, const char*> kCases[] = {
      {R"({"port": 1})", "type: is missing: tcp, banner, imap_login, http, exec, unit or metric"},
      {R"({"type": "tpc", "port": 1})",
       "type: 'tpc' is not one of tcp, banner, imap_login, http, exec, unit, metric; did you mean "
       "'tcp'?"},
      {R"({"type": "tcp"})", "port: is missing"},
      {R"({"type": "tcp", "port": 70000})", "port: 70000 is outside 1 to 65535"},
      {R"({"type": "tcp", "port": 1, "host": "localhost"})",
       "host: 'localhost' is not a numeric address (probes do not resolve names); write for "
       "instance \"127.0.0.1\""},
      {R"({"type": "tcp", "port": 1, "expect": "x"})",
       "expect: not allowed for a probe of type tcp"},
      {R"({"type": "tcp", "port": 1, "user": "x"})", "user: not allowed for a probe of type tcp"},
      {R"({"type": "banner", "port": 1})",
       "expect: is missing: the start of the greeting, for instance \"220 \""},
      {R"({"type": "imap_login", "port": 1, "password_file": "/p"})",
       "user: is missing: the account that logs in"},
      {R"({"type": "imap_login", "port": 1, "user": "a", "password_file": "p"})",
       "password_file: an absolute path is needed; the password is the first line of the file"},
      {R"({"type": "imap_login", "port": 1, "user": "a\r\nb", "password_file": "/p"})",
       "user: control characters, or more than 1024 bytes"},
      {R"({"type": "tcp", "port": 1, "every": "1ms"})", "every: 1ms is outside 100ms to 1d"},
  };
  for (const auto& [probe, expected] : kCases)
    EXPECT_EQ(with_probe(probe), "t.json:1: targets.mail.probes.p." + std::string(expected))
        << probe;
}

TEST(RuleFile, ReportsEveryProblemOfAFileAtOnce) {
  const std::string text = file_refusal(R"({"schema": "slewd.rules/1",
"targets": {"mail": {"unit": "mail"}},
"rules": [{"name": "a", "when": "ofset > 1s", "do": [{"reload": "male"}]},
{"name": "a", "when": "true", "do": [{"burst": true}]}]})");
  EXPECT_EQ(std::ranges::count(text, '\n'), 3) << text;
  EXPECT_NE(text.find("t.json:2: targets.mail.unit"), std::string::npos) << text;
  EXPECT_NE(text.find("t.json:3: rules[0].when: column 1"), std::string::npos) << text;
  EXPECT_NE(text.find("t.json:3: rules[0].do[0].reload: unknown target 'male'; known: mail"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("t.json:4: rules[1].name: a second rule of the name 'a' in this file"),
            std::string::npos)
      << text;
}

TEST(RuleFile, HoldsItsLimits) {
  std::string rules;
  for (std::size_t i = 0; i <= limits::kOwnRules; ++i)
    rules += (i == 0 ? "" : ",") + std::string(R"({"name": "r)") + std::to_string(i) +
             R"(", "when": "true", "do": [{"burst": true}]})";
  EXPECT_EQ(refused_rule(rules), "t.json:7: rules[64]: more than 64 rules");
  std::string links;
  for (std::size_t i = 0; i <= limits::kActionsPerRule; ++i)
    links += (i == 0 ? "" : ",") + std::string(R"({"burst": true})");
  EXPECT_EQ(refused_rule(R"({"name": "r", "when": "true", "do": [)" + links + "]}"),
            "t.json:7: rules[0].do[8]: more than 8 actions in one list");
}

RuleFile named(std::string_view name, const std::string& rule, const std::string& target = "") {
  auto file = parse_rule_file(R"({"schema": "slewd.rules/1", "targets": {)" + target +
                                  R"(}, "rules": [{"name": ")" + rule +
                                  R"(", "when": "true", "do": [{"burst": true}]}]})",
                              name);
  EXPECT_TRUE(file) << file.error().describe();
  return file ? std::move(*file) : RuleFile();
}

TEST(RuleFile, MergesFilesWithDifferentNames) {
  const auto all = merge_rule_files({named("a.json", "one", R"("x": {})"), named("b.json", "two")});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->name, "a.json, b.json");
  EXPECT_EQ(all->rules.size(), 2U);
  EXPECT_EQ(all->find_rule("two")->file, "b.json");
  EXPECT_NE(all->find_target("x"), nullptr);
}

TEST(RuleFile, RefusesNamesThatTwoFilesDefineAndNamesBoth) {
  const auto all = merge_rule_files(
      {named("a.json", "one", R"("x": {})"), named("b.json", "one", R"("x": {})")});
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().describe(),
            "b.json: target 'x' is defined in a.json already\n"
            "b.json: rule 'one' is defined in a.json already");
}

TEST(RuleFile, AnOperatorsRuleTakesThePlaceOfTheShippedOne) {
  const RuleFile shipped = rules_of(
      R"({"name": "hang", "when": "failing(mail.login) > 1s", "do": [{"reload": "mail"}]},
         {"name": "stay", "when": "true", "do": [{"burst": true}]})");
  const auto all = overlay_rule_files(shipped, named("own.json", "hang"));
  ASSERT_TRUE(all) << all.error().describe();
  ASSERT_EQ(all->rules.size(), 2U);
  EXPECT_EQ(all->find_rule("hang")->file, "own.json");
  EXPECT_EQ(all->find_rule("stay")->file, "t.json");
}

TEST(RuleFile, AnOperatorsTargetMustMeetTheNeedsOfShippedRules) {
  const RuleFile shipped = rules_of(
      R"({"name": "hang", "when": "failing(mail.login) > 1s", "do": [{"reload": "mail"}]})");
  const auto all = overlay_rule_files(
      shipped, named("own.json", "x", R"("mail": {"probes": {"p": {"type": "tcp", "port": 1}}})"));
  ASSERT_FALSE(all);
  const std::string help =
      "; the target that replaces the shipped one must have it, or define a rule of this "
      "name too";
  EXPECT_EQ(all.error().describe(),
            "t.json: rule 'hang': column 9: unknown probe 'mail.login'; known: mail.p, mail, web" +
                help +
                "\nt.json: rule 'hang': target 'mail' has neither a unit nor a command for "
                "'reload'; add \"unit\" or \"commands\": {\"reload\": [...]} to it" +
                help);
}

TEST(RuleFile, WhatIsTakenBackUponFailingNeedsAnEndThatAnUnknownProbeIsNot) {
  const auto rule = [](const std::string& more) {
    return R"({"name": "drain", "when": "failing(mail.login) > 1s", "do": [{"stop": "mail"}],
      "on_clear": [{"start": "mail"}])" +
           more + "}";
  };
  EXPECT_EQ(
      refused_rule(rule("")),
      "t.json:8: rules[0].on_clear: needs \"clear\", for instance \"probe.mail.login == ok\", or "
      "\"clear_for\": failing() restarts at 0 whenever its probe was unknown");
  EXPECT_EQ(refused_rule(rule(R"(, "clear": "probe.mail.login == ok")")), "accepted");
  EXPECT_EQ(refused_rule(rule(R"(, "clear_for": "1m")")), "accepted");
}

TEST(RuleFile, TellsWhichProbesMustRun) {
  const RuleFile file = rules_of(
      R"({"name": "a", "when": "true", "do": [{"reload": "mail", "verify": {"probe": "mail.login"}}]},
         {"name": "b", "mode": "off", "when": "probe.mail.port == ok", "do": [{"burst": true}]})");
  EXPECT_EQ(probes_in_use(file), (std::vector<std::string>{"mail.login"}));
  EXPECT_EQ(probes_of(*file.find_rule("b"), file), (std::vector<std::string>{"mail.port"}));
  const RuleFile whole =
      rules_of(R"({"name": "a", "when": "probe.mail == failed", "do": [{"burst": true}]})");
  EXPECT_EQ(probes_in_use(whole), (std::vector<std::string>{"mail.port", "mail.login"}));
}

TEST(RuleFile, RefusesToActOnWhatIsOutOfBoundsForEverybody) {
  const auto refused = [](const std::string& target, const std::string& what) {
    const auto file = parse_rule_file(
        R"({"schema": "slewd.rules/1", "targets": {"door": )" + target +
            R"(}, "rules": [{"name": "r", "when": "unit.door == failed", "do": [)" + what + "]}]}",
        "t.json");
    return file ? "" : file.error().describe();
  };
  const std::string ssh = R"({"unit": "ssh.service"})";
  EXPECT_EQ(
      refused(ssh, R"({"restart": "door"})"),
      "t.json:1: rules[0].do[0].restart: ssh.service is protected: operators log in through it");
  EXPECT_EQ(refused(ssh, R"({"notify": "nobody can come in"})"), "") << "it may be watched";
  EXPECT_EQ(refused(R"({"unit": "ssh.service", "commands": {"restart": ["/usr/bin/page-me"]}})",
                    R"({"restart": "door"})"),
            "");
}

TEST(RuleFile, KnowsWhetherSystemdWillBeAskedToAct) {
  const auto acts = [](const std::string& mode, const std::string& commands) {
    const std::string text =
        R"({"schema": "slewd.rules/1", "targets": {"mail": {"unit": "mail.service")" + commands +
        R"(}}, "rules": [{"name": "r", "mode": ")" + mode +
        R"(", "when": "true", "do": [{"restart": "mail"}]}]})";
    const auto file = parse_rule_file(text, "t.json");
    EXPECT_TRUE(file) << (file ? "" : file.error().describe());
    return file && acts_on_units(*file);
  };
  EXPECT_TRUE(acts("act", ""));
  EXPECT_FALSE(acts("shadow", ""));
  EXPECT_FALSE(acts("act", R"(, "commands": {"restart": ["/usr/sbin/mailctl", "restart"]})"));
}

}  // namespace
}  // namespace slewd::rules
