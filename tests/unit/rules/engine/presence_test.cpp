// SPDX-License-Identifier: Apache-2.0
// Shipped rules about services that a machine does not have.
#include "rules/engine/presence.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "rules/engine/engine.hpp"
#include "rules/files/catalogue.hpp"
#include "rules/files/rule_file.hpp"

namespace slewd::rules {
namespace {

Presences everything(Presence presence) {
  Presences known;
  for (const Target& target : builtin_rules().targets)
    if (!target.unit.empty()) known[target.name] = presence;
  return known;
}

TEST(PresenceOfRules, WhereNoServiceIsInstalledOnlyTheClockIsLookedAfter) {
  const RuleFile file = only_present(builtin_rules(), everything(Presence::absent));
  EXPECT_EQ(probes_in_use(file),
            (std::vector<std::string>{"clock.known", "clock.stable", "clock.majority"}));
  EXPECT_TRUE(logs_in_use(file).empty());
  const Absences absent = absent_rules(builtin_rules(), everything(Presence::absent));
  EXPECT_EQ(absent.at("dovecot-dead"), "dovecot.service is not installed");
  EXPECT_EQ(absent.at("redis-forward-veto"),
            "redis-server.service, valkey-server.service are not installed");
  const Absences elsewhere = without_node(builtin_rules(), "this is no node");
  EXPECT_EQ(elsewhere.at("k8s-node-step"), "this is no node");
  EXPECT_EQ(elsewhere.size(), 3U);
  // With a head and a foot that is ten lines of `slewctl rules`.
  EXPECT_LE(file.rules.size() - absent.size() - elsewhere.size(), 8U);
}

TEST(PresenceOfRules, ARuleOfTheOperatorsAboutANodeIsAlwaysPresent) {
  RuleFile file = builtin_rules();
  for (Rule& rule : file.rules) rule.shipped = false;
  EXPECT_TRUE(without_node(file, "this is no node").empty());
}

TEST(PresenceOfRules, WhatIsNotKnownYetIsNotProbedAndNotCalledAbsent) {
  EXPECT_TRUE(absent_rules(builtin_rules(), {}).empty());
  EXPECT_EQ(probes_in_use(only_present(builtin_rules(), {})).size(), 3U);
  Presences one = everything(Presence::absent);
  one["valkey"] = Presence::unknown;
  EXPECT_FALSE(absent_rules(builtin_rules(), one).contains("redis-forward-veto"));
  one["valkey"] = Presence::present;
  EXPECT_FALSE(absent_rules(builtin_rules(), one).contains("redis-forward-veto"));
}

TEST(PresenceOfRules, ARuleOfTheOperatorsIsAlwaysJudged) {
  auto own = parse_rule_file(R"({"schema": "slewd.rules/1",
    "targets": {"shop": {"unit": "shop.service", "probes": {"p": {"type": "tcp", "port": 1}}}},
    "rules": [{"name": "mine", "when": "unit.shop == failed and probe.shop.p == failed",
               "do": [{"notify": "x"}]}]})",
                             "t.json");
  ASSERT_TRUE(own) << own.error().describe();
  EXPECT_TRUE(absent_rules(*own, {{"shop", Presence::absent}}).empty());
  EXPECT_EQ(probes_in_use(only_present(*own, {{"shop", Presence::absent}})).size(), 1U);
}

TEST(PresenceOfRules, ATargetWithCommandsOfItsOwnNeedsNoUnit) {
  RuleFile file = builtin_rules();
  for (Target& target : file.targets)
    if (target.name == "dovecot") target.commands = {{Verb::reload, {"/bin/true"}}};
  EXPECT_FALSE(absent_rules(file, everything(Presence::absent)).contains("dovecot-login-hang"));
}

TEST(PresenceOfRules, AnAbsentRuleIsNotJudgedAndComesBackWithItsService) {
  Engine engine(builtin_rules());
  Facts facts;
  facts.set(Fact::step_pending, -std::chrono::seconds(60));
  facts.absent = {{"dovecot-login-hang", "dovecot.service is not installed"}};
  const auto view = [&] {
    const auto views = engine.views(MonoTime{});
    return *std::ranges::find(views, "dovecot-login-hang", &RuleView::name);
  };
  (void)engine.evaluate(MonoTime{}, facts);
  EXPECT_EQ(view().evaluations, 0U);
  EXPECT_EQ(view().absent, "dovecot.service is not installed");
  EXPECT_EQ(view().explanation, "dovecot.service is not installed");
  facts.absent.clear();
  (void)engine.evaluate(MonoTime{}, facts);
  EXPECT_EQ(view().evaluations, 1U);
  EXPECT_TRUE(view().absent.empty());
}

}  // namespace
}  // namespace slewd::rules
