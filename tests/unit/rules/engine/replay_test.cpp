// SPDX-License-Identifier: Apache-2.0
// Decisions over random worlds: what must hold whatever happens.
#include <random>

#include <gtest/gtest.h>

#include "rules/engine/engine.hpp"

#include "tests/unit/rules/rule_text.hpp"
#include "tests/unit/test_seed.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

constexpr const char* kReplayedRules = R"(
  {"name": "hang", "mode": "act", "when": "backward_step(200s) >= 1s and failing(mail.login) >= 1s",
   "do": [{"reload": "mail", "verify": {"probe": "mail.login"}}],
   "limits": {"cooldown": "2m", "per_hour": 2}},
  {"name": "dead", "mode": "act", "when": "probe.mail.port == failed", "for": "3s",
   "clear": "probe.mail == ok", "clear_for": "5s", "do": [{"start": "mail"}],
   "limits": {"cooldown": "1m", "per_hour": 4}},
  {"name": "poll", "when": "max_over(abs(offset), 30s) > 20ms", "do": [{"burst": true}],
   "limits": {"cooldown": "30s", "per_hour": 10}})";

struct MadeDecision {
  MonoTime at;
  Intent intent;
};

// A world of random facts, actions of random length and pauses, all drawn from `seed`; what the
// wall clock shows is drawn from `wall_seed`.
class World {
 public:
  World(std::uint64_t seed, std::uint64_t wall_seed)
      : random_(seed), wall_(wall_seed), engine_(rules_of(kReplayedRules)) {}

  std::vector<MadeDecision> run() {
    for (int i = 0; i < 20'000; ++i) step();
    return std::move(decisions_);
  }

 private:
  void step() {
    now_ += std::chrono::milliseconds(100 + random_() % 1000);
    if (one_in(50)) facts_.set(Fact::offset, std::chrono::milliseconds(random_() % 60));
    if (one_in(200)) facts_ = Facts();
    if (one_in(300))
      facts_.jumps.push_back(
          {Nanos(std::chrono::seconds(random_() % 20)) - 10s, now_, "external_step"});
    turn_probe("mail.login");
    turn_probe("mail.port");
    if (one_in(500)) engine_.pause({"random", std::nullopt});
    if (one_in(100)) engine_.resume();
    if (!open_.empty() && one_in(5)) finish(open_.back());
    for (Intent& intent : engine_.evaluate(now_, facts_)) {
      open_.push_back(intent);
      decisions_.push_back({now_, std::move(intent)});
    }
  }

  void turn_probe(const std::string& name) {
    if (!one_in(40)) return;
    facts_.probes[name] = {kProbeStates[random_() % kProbeStates.size()], now_};
  }

  void finish(const Intent& intent) {
    Outcome outcome;
    outcome.intent = intent.id;
    outcome.rule = intent.rule;
    outcome.action = describe(intent.links.front().action);
    outcome.ending = intent.dry_run ? Ending::would_do : Ending::done;
    outcome.ended = now_;
    outcome.wall = WallTime{Nanos{static_cast<std::int64_t>(wall_())}};
    engine_.on_outcome(outcome);
    open_.pop_back();
  }

  bool one_in(std::uint64_t n) { return random_() % n == 0; }

  std::mt19937_64 random_;
  std::mt19937_64 wall_;
  Engine engine_;
  MonoTime now_;
  Facts facts_;
  std::vector<Intent> open_;
  std::vector<MadeDecision> decisions_;
};

TEST(Replay, WhatTheWallClockShowsNeverChangesADecision) {
  const std::uint64_t seed = test_seed();
  const auto one = World(seed, 1).run();
  const auto other = World(seed, 2).run();
  ASSERT_GT(one.size(), 10U) << "seed " << seed;
  ASSERT_EQ(one.size(), other.size()) << "seed " << seed;
  for (std::size_t i = 0; i < one.size(); ++i) {
    ASSERT_EQ(one[i].at, other[i].at) << "seed " << seed;
    ASSERT_EQ(one[i].intent.id, other[i].intent.id) << "seed " << seed;
    ASSERT_EQ(one[i].intent.rule, other[i].intent.rule) << "seed " << seed;
    ASSERT_EQ(one[i].intent.evidence, other[i].intent.evidence) << "seed " << seed;
  }
}

TEST(Replay, BudgetAndCoolDownHoldWhateverHappens) {
  const std::uint64_t seed = test_seed();
  const RuleFile file = rules_of(kReplayedRules);
  const auto decisions = World(seed, 1).run();
  for (const Rule& rule : file.rules) {
    std::vector<MonoTime> times;
    for (const MadeDecision& decision : decisions)
      if (decision.intent.rule == rule.name) times.push_back(decision.at);
    for (std::size_t i = 1; i < times.size(); ++i)
      ASSERT_GE(times[i] - times[i - 1], rule.limits.cooldown) << rule.name << " seed " << seed;
    const auto budget = static_cast<std::size_t>(rule.limits.per_hour);
    for (std::size_t i = budget; i < times.size(); ++i)
      ASSERT_GE(times[i] - times[i - budget], 1h) << rule.name << " seed " << seed;
  }
}

}  // namespace
}  // namespace slewd::rules
