// SPDX-License-Identifier: Apache-2.0
#include "rules/files/catalogue.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include <gtest/gtest.h>

#include "rules/engine/engine.hpp"
#include "rules/engine/presence.hpp"
#include "rules/files/report.hpp"
#include "rules/files/rule_file.hpp"
#include "rules/lang/function_table.hpp"
#include "rules/lang/pattern.hpp"

#include "tests/unit/rules/compiled_pattern.hpp"
#include "tests/unit/rules/log_literals.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

// What is on, in shadow and off as shipped. Rules that act reach no further than slewd itself, but
// for the one that releases units which wait for slewd.
const std::map<std::string, RuleMode> kShipped{
    {"clock-external-step", RuleMode::act},   {"clock-poll-tighten", RuleMode::act},
    {"clock-poll-relax", RuleMode::act},      {"clock-slew-not-step", RuleMode::act},
    {"clock-source-bad", RuleMode::act},      {"clock-falseticker", RuleMode::act},
    {"vm-resume-hold", RuleMode::act},        {"first-sync-target", RuleMode::act},
    {"dovecot-login-hang", RuleMode::shadow}, {"dovecot-dead", RuleMode::shadow},
    {"varnish-panic-loop", RuleMode::shadow}, {"db-skew-exit", RuleMode::shadow},
    {"k8s-node-step", RuleMode::shadow},      {"k8s-node-unsafe", RuleMode::shadow},
    {"k8s-node-taint", RuleMode::off},        {"dovecot-guarded-step", RuleMode::off},
    {"varnish-guarded-step", RuleMode::off},  {"redis-forward-veto", RuleMode::off},
    {"etcd34-lease", RuleMode::off},          {"java-scheduler-restart", RuleMode::off},
    {"cert-issuer-gate", RuleMode::off},      {"wireguard-peer-reset", RuleMode::off},
};

TEST(Catalogue, EveryShippedFileIsGood) {
  for (const auto& [name, text] : builtin_rule_files()) {
    const auto file = parse_rule_file(text, name);
    EXPECT_TRUE(file) << file.error().describe();
  }
}

TEST(Catalogue, ShipsTheRulesOfTheDocumentationInTheirModes) {
  std::map<std::string, RuleMode> shipped;
  for (const Rule& rule : builtin_rules().rules) shipped.emplace(rule.name, rule.mode);
  EXPECT_EQ(shipped, kShipped);
}

TEST(Catalogue, NoRuleThatActsDisturbsARunningService) {
  for (const Rule& rule : builtin_rules().rules) {
    if (rule.mode != RuleMode::act) continue;
    for (const auto* const chain : {&rule.links, &rule.on_clear, &rule.after_step})
      for (const Link& link : *chain) {
        const auto* service = std::get_if<ServiceAction>(&link.action);
        const bool starts = service != nullptr && service->verb == Verb::start;
        EXPECT_TRUE(starts || reach_of(link.action) == Reach::self) << rule.name;
      }
  }
}

std::string read_document(const std::string& path) {
  std::ifstream in(SLEWD_SOURCE_DIR "/" + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// What docs/rules.md says of conditions.
std::string fact_reference() {
  std::string text = "| fact | value | meaning |\n|---|---|---|\n";
  for (const ReadableFact& fact : readable_facts())
    text += "| `" + fact.name + "` | " + fact.value + " | " + std::string(fact.meaning) + " |\n";
  text += "\n| function | meaning |\n|---|---|\n";
  for (const FunctionInfo& function : function_table())
    text += "| `" + std::string(function.usage) + "` | " + std::string(function.help) + " |\n";
  return text;
}

TEST(Catalogue, TheReferenceHasEveryFactFunctionAndShippedRule) {
  const std::string page = read_document("docs/rules.md");
  EXPECT_NE(page.find(fact_reference()), std::string::npos)
      << "put this into docs/rules.md, under Conditions:\n"
      << fact_reference();
  for (const auto& [name, mode] : kShipped) {
    const std::string row =
        "| [" + name + "](runbooks/" + name + ".md) | " + std::string(to_string(mode)) + " |";
    EXPECT_NE(page.find(row), std::string::npos) << row;
  }
}

// The first block of JSON is what readers copy first.
TEST(Catalogue, TheExampleOfTheDocumentationGoesWithTheShippedRules) {
  const std::string page = read_document("docs/rules.md");
  const std::size_t begin = page.find("```json\n") + 8;
  auto file = parse_rule_file(page.substr(begin, page.find("```", begin) - begin), "docs/rules.md");
  ASSERT_TRUE(file) << file.error().describe();
  const auto all = overlay_rule_files(builtin_rules(), std::move(*file));
  EXPECT_TRUE(all) << all.error().describe();
}

TEST(Catalogue, LeavesRoomForTheRulesOfAnOperator) {
  EXPECT_LE(builtin_rules().rules.size() + limits::kOwnRules, limits::kRules);
  RuleFile own;
  own.rules.resize(limits::kOwnRules);
  for (std::size_t i = 0; i < own.rules.size(); ++i) {
    own.rules[i].name = "r" + std::to_string(i);
    own.rules[i].when = *Expression::compile("true", {});
  }
  const auto all = overlay_rule_files(builtin_rules(), own);
  EXPECT_TRUE(all) << all.error().describe();
  own.rules.push_back(own.rules.front());
  own.rules.back().name = "one-too-many";
  EXPECT_EQ(overlay_rule_files(builtin_rules(), own).error().code(), ErrorCode::limit);
}

TEST(Catalogue, EveryRuleHasANoteAndARunbookPageWithAllItsParts) {
  for (const Rule& rule : builtin_rules().rules) {
    EXPECT_FALSE(rule.note.empty()) << rule.name;
    EXPECT_EQ(rule.runbook, "docs/runbooks/" + rule.name + ".md");
    const std::string page = read_document(rule.runbook);
    EXPECT_TRUE(page.starts_with("# " + rule.name + "\n")) << rule.runbook;
    for (const char* heading : {"## Meaning", "## Impact", "## What slewd does", "## Diagnosis",
                                "## Manual steps", "## Links"})
      EXPECT_NE(page.find(heading), std::string::npos) << rule.runbook << ": " << heading;
  }
}

// Rules are held before others look at the same jump.
TEST(Catalogue, TheHoldAfterAPauseComesFirst) {
  EXPECT_EQ(builtin_rules().rules.front().name, "vm-resume-hold");
}

// Every unit inactive, every port closed, no password file, no journal: the clock jumps, and
// nothing but the clock is looked after.
TEST(Catalogue, NothingIsDoneOnAMachineWithoutAnyOfTheServices) {
  const RuleFile file = builtin_rules();
  Engine engine(file);
  Facts facts;
  for (const Target& target : file.targets) {
    if (!target.unit.empty()) facts.units[target.name] = {"inactive", MonoTime{0s}};
    for (const ProbeSpec& probe : target.probes)
      facts.probes[probe.name] = {
          probe.password_file.empty() ? ProbeState::failed : ProbeState::unknown, MonoTime{0s}};
  }
  facts.units["first-sync"] = {"active", MonoTime{0s}};
  facts.absent = without_node(file, "this is no node");
  facts.jumps = {{-60s, MonoTime{10s}, "external_step"}};
  for (Nanos time = 11s; time < 20min; time += 1s)
    for (const Intent& intent : engine.evaluate(MonoTime{time}, facts))
      EXPECT_TRUE(intent.rule.starts_with("clock-")) << intent.rule;
}

// What is not asked for must cost nothing: a probe for each second, a unit, a log.
TEST(Catalogue, RunsFewProbesAsShipped) {
  EXPECT_EQ(probes_in_use(builtin_rules()),
            (std::vector<std::string>{"first-sync.active", "clock.known", "clock.stable",
                                      "clock.majority", "cockroach.active", "dovecot.login",
                                      "dovecot.port"}));
  EXPECT_EQ(logs_in_use(builtin_rules()),
            (std::vector<std::string>{"cockroach.skew", "dovecot.stall", "dovecot.fatal",
                                      "varnish.clock-step"}));
}

const LogLiteral& literal(std::string_view name) {
  static const std::vector<LogLiteral> kAll = log_literals();
  return *std::ranges::find(kAll, name, &LogLiteral::name);
}

TEST(Catalogue, LogTriggersAreTheProvedLiterals) {
  const RuleFile file = builtin_rules();
  const std::pair<const char*, const char*> kTriggers[] = {
      {"dovecot.stall", "dovecot.stall"},
      {"dovecot.fatal", "dovecot.killed_itself"},
      {"varnish.clock-step", "varnish.clock_step"},
  };
  for (const auto& [trigger, name] : kTriggers) {
    ASSERT_NE(file.find_log(trigger), nullptr) << trigger;
    EXPECT_EQ(file.find_log(trigger)->expression, literal(name).pattern) << trigger;
  }
}

// Of the three lines of CockroachDB that speak of clocks two are those with which it ends.
TEST(Catalogue, OnlyTheLastWordsOfADatabaseCount) {
  const RuleFile file = builtin_rules();
  ASSERT_NE(file.find_log("cockroach.skew"), nullptr);
  const Pattern pattern = compiled(file.find_log("cockroach.skew")->expression);
  for (const LogLine& line : literal("cockroach.skew").lines)
    EXPECT_EQ(pattern.match(line.text).has_value(),
              line.text.find("remote wall time") == std::string_view::npos)
        << line.text;
}

// Lines hold what strangers send: names of users, statements, addresses of pages.
TEST(Catalogue, WordsInTheMidstOfALineMatchNoTrigger) {
  for (const Target& target : builtin_rules().targets)
    for (const LogTrigger& log : target.logs) {
      const Pattern pattern = compiled(log.expression);
      for (const LogLiteral& known : log_literals())
        for (const LogLine& line : known.lines) {
          const std::string text(line.text);
          for (const std::string& forged :
               {"user=<" + text, "[n1,user=x] " + text,
                "E221122 11:59:30.1 77 a.go:1 [n1,user=‹a] 1 " + text, "Child (812) said " + text,
                "Error: Child (812) Panic at: x\nGET /" + text})
            EXPECT_FALSE(pattern.match(forged)) << log.name << ": " << forged;
        }
    }
}

// A second jump must not grow too old while the first repair cools down.
TEST(Catalogue, CoolDownsOfRepairsAreShorterThanTheTimeInWhichAJumpCounts) {
  for (const Rule& rule : builtin_rules().rules) {
    const bool repairs = std::ranges::any_of(rule.links, [](const Link& link) {
      return std::holds_alternative<ServiceAction>(link.action);
    });
    for (const Node& node : rule.when.nodes()) {
      const bool looks_back = node.kind == NodeKind::call && node.window > Nanos{0};
      EXPECT_TRUE(!repairs || !looks_back || rule.limits.cooldown < node.window) << rule.name;
    }
  }
}

// A second jump in the same second hides the first from the facts of the newest one.
TEST(Catalogue, NoRuleAsksForTheCauseOfTheNewestJumpOnly) {
  for (const Rule& rule : builtin_rules().rules)
    for (const Node& node : rule.when.nodes()) {
      const bool newest = node.fact == Fact::jump_cause || node.fact == Fact::jump_size ||
                          node.fact == Fact::jump_direction;
      EXPECT_FALSE(node.kind == NodeKind::fact && newest) << rule.name;
    }
}

TEST(Catalogue, EveryLogTriggerIsAGoodExpression) {
  for (const Target& target : builtin_rules().targets)
    for (const LogTrigger& log : target.logs)
      EXPECT_EQ(compiled(log.expression).captures(), log.captures.has_value()) << log.name;
}

}  // namespace
}  // namespace slewd::rules
