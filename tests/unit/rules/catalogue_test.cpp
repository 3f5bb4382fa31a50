#include "rules/catalogue.hpp"

#include <filesystem>
#include <map>
#include <regex>

#include <gtest/gtest.h>

#include "rules/engine.hpp"
#include "rules/rule_file.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

// What is on, in shadow and off as shipped. Rules that act reach no further than slewd itself, but
// for the one that releases units which wait for slewd.
const std::map<std::string, RuleMode> kShipped{
    {"clock-foreign-step", RuleMode::act},    {"clock-poll-tighten", RuleMode::act},
    {"clock-poll-relax", RuleMode::act},      {"clock-slew-not-step", RuleMode::act},
    {"clock-source-bad", RuleMode::act},      {"clock-falseticker", RuleMode::act},
    {"vm-resume-hold", RuleMode::act},        {"first-sync-target", RuleMode::act},
    {"dovecot-login-hang", RuleMode::shadow}, {"dovecot-dead", RuleMode::shadow},
    {"varnish-panic-loop", RuleMode::shadow}, {"db-skew-exit", RuleMode::shadow},
    {"k8s-node-step", RuleMode::shadow},      {"dovecot-guarded-step", RuleMode::off},
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

TEST(Catalogue, EveryRuleHasANoteAndARunbookPage) {
  for (const Rule& rule : builtin_rules().rules) {
    EXPECT_FALSE(rule.note.empty()) << rule.name;
    EXPECT_EQ(rule.runbook, "docs/runbooks/" + rule.name + ".md");
    EXPECT_TRUE(std::filesystem::exists(SLEWD_SOURCE_DIR "/" + rule.runbook)) << rule.runbook;
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
  facts.jumps = {{-60s, MonoTime{10s}, "foreign_step"}};
  for (Nanos time = 11s; time < 20min; time += 1s)
    for (const Intent& intent : engine.evaluate(MonoTime{time}, facts))
      EXPECT_TRUE(intent.rule.starts_with("clock-")) << intent.rule;
}

// What is not asked for must cost nothing: a probe for each second, a unit, a log.
TEST(Catalogue, RunsFewProbesAsShipped) {
  EXPECT_EQ(
      probes_in_use(builtin_rules()),
      (std::vector<std::string>{"first-sync.active", "clock.known", "clock.calm", "clock.majority",
                                "cockroach.active", "dovecot.login", "dovecot.port"}));
  EXPECT_EQ(logs_in_use(builtin_rules()),
            (std::vector<std::string>{"cockroach.skew", "dovecot.stall", "dovecot.fatal",
                                      "varnish.clock-step"}));
}

// The lines as the programs wrote them. The triggers keep to what all dialects of regular
// expressions share, so that any of them may judge here.
TEST(Catalogue, LogTriggersMatchTheLinesOfTheirServices) {
  struct Case {
    const char* trigger;
    const char* line;
    const char* captured;  // null: it does not match
  };
  constexpr Case kCases[] = {
      {"dovecot.stall",
       "master: Warning: Time moved backwards by 59.838414 seconds, waiting for 58.202311 seconds "
       "until new services are launched again. http://wiki2.dovecot.org/TimeMovedBackwards",
       "58.202311"},
      {"dovecot.stall",
       "dovecot: master: Warning: Time moved backwards by 60 seconds, waiting for 180 secs until "
       "new services are launched again.",
       "180"},
      {"dovecot.stall", "imap-login: Warning: Time moved backwards by 59.912345 seconds.", nullptr},
      {"dovecot.fatal",
       "imap(user)<1><x>: Fatal: Time just moved backwards by 59.998877 seconds. This might cause "
       "a "
       "lot of problems, so I'll just kill myself now. http://wiki2.dovecot.org/TimeMovedBackwards",
       ""},
      {"dovecot.fatal",
       "dovecot: Time just moved backwards by 11 seconds. This might cause a lot of problems, so "
       "I'll just kill myself now.",
       ""},
      {"dovecot.fatal",
       "Time just moved backwards by 3 seconds. I'll sleep now until we're back in present.",
       nullptr},
      {"varnish.clock-step",
       "Child (812) Panic at: Sun, 08 Mar 2026 10:00:00 GMT Wrong turn at "
       "cache/cache_session.c:1: Clock step detected",
       ""},
      {"varnish.clock-step", "Child (812) Started", nullptr},
      {"cockroach.skew",
       "F260308 10:00:00.0 1 server: clock synchronization error: this node is more than 500ms "
       "away "
       "from at least half of the known nodes (1 of 3 are within the offset)",
       ""},
      {"cockroach.skew", "fewer than half the known nodes are within the maximum offset", ""},
      {"cockroach.skew", "node is ready", nullptr},
  };
  const RuleFile file = builtin_rules();
  for (const Case& each : kCases) {
    const LogTrigger* trigger = file.find_log(each.trigger);
    ASSERT_NE(trigger, nullptr) << each.trigger;
    std::cmatch match;
    const bool matches = std::regex_search(each.line, match, std::regex(trigger->expression));
    EXPECT_EQ(matches, each.captured != nullptr) << each.line;
    if (!matches) continue;
    EXPECT_EQ(trigger->captures.has_value(), match.size() == 2) << each.line;
    EXPECT_EQ(match.size() == 2 ? match[1].str() : "", each.captured) << each.line;
  }
}

}  // namespace
}  // namespace slewd::rules
