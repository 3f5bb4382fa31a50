// SPDX-License-Identifier: Apache-2.0
#include "rules/facts.hpp"

#include <gtest/gtest.h>

#include "rules/intent.hpp"
#include "rules/rule.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kNow{100s};

TEST(Facts, EveryFactIsFoundByItsNameAndUnknownUntilSet) {
  const Facts nothing;
  ASSERT_EQ(fact_table().size(), kFactCount);
  for (const FactInfo& row : fact_table()) {
    ASSERT_NE(find_fact(row.name), nullptr);
    EXPECT_EQ(find_fact(row.name)->fact, row.fact);
    EXPECT_TRUE(nothing.get(row.fact, kNow).is_unknown()) << row.name;
    EXPECT_FALSE(row.help.empty()) << row.name;
    EXPECT_EQ(row.type.dimension == Dimension::symbol, !row.type.symbols.empty()) << row.name;
  }
  EXPECT_EQ(find_fact("offsets"), nullptr);
}

TEST(Facts, KeepWhatIsSetAndForgetNothingElse) {
  Facts facts;
  facts.set(Fact::offset, Nanos{-2s});
  facts.set(Fact::skew, std::optional<Ppm>(Ppm{0.5}));
  facts.set(Fact::jitter, std::optional<Nanos>());
  facts.set(Fact::sources, std::uint64_t{3});
  facts.set(Fact::phase, "sPiKe");
  EXPECT_EQ(facts.get(Fact::offset, kNow), Value::of(-2.0));
  EXPECT_EQ(facts.get(Fact::skew, kNow), Value::of(0.5e-6));
  EXPECT_TRUE(facts.get(Fact::jitter, kNow).is_unknown());
  EXPECT_EQ(facts.get(Fact::sources, kNow), Value::of(3.0));
  EXPECT_EQ(facts.get(Fact::phase, kNow), Value::of("sPiKe"));
  facts.set(Fact::phase, "Gone");
  EXPECT_TRUE(facts.get(Fact::phase, kNow).is_unknown()) << "no such word";
}

TEST(FactsDeathTest, AValueOfAnotherDimensionEndsTheProcess) {
  Facts facts;
  EXPECT_DEATH(facts.set(Fact::offset, true), "dimension");
}

TEST(Facts, AStepExactlyAsOldAsTheWindowCounts) {
  Facts facts;
  facts.jumps = {{-3s, kNow - 10s, "external_step"}, {5s, kNow - 5s, "suspend"}};
  EXPECT_EQ(facts.largest_step(-1, 10s, kNow), 3s);
  EXPECT_EQ(facts.largest_step(-1, 9999ms, kNow), 0s);
  EXPECT_EQ(facts.largest_step(1, 5s, kNow), 5s);
}

TEST(Facts, ATargetFailsWithItsFirstProbeAndIsOkWithItsLast) {
  Facts facts;
  facts.probes["mail.a"] = {ProbeState::ok, kNow - 50s};
  facts.probes["mail.b"] = {ProbeState::ok, kNow - 40s};
  facts.probes["mail-2.c"] = {ProbeState::failed, kNow - 30s};
  EXPECT_EQ(facts.probe_state("mail"), ProbeState::ok);
  EXPECT_EQ(facts.failing("mail", kNow), Nanos{0});
  facts.probes["mail.b"].state = ProbeState::unknown;
  EXPECT_EQ(facts.probe_state("mail"), ProbeState::unknown);
  EXPECT_EQ(facts.failing("mail", kNow), std::nullopt);
  facts.probes["mail.b"].state = ProbeState::failed;
  EXPECT_EQ(facts.probe_state("mail"), ProbeState::failed);
  EXPECT_EQ(facts.failing("mail", kNow), 40s);
  EXPECT_EQ(facts.probe_state("absent"), ProbeState::unknown);
}

TEST(Words, EveryClosedListIsSpelled) {
  for (const Verb verb : kVerbs) EXPECT_FALSE(to_string(verb).empty());
  for (const Ending ending : kEndings) EXPECT_FALSE(to_string(ending).empty());
  for (const RuleState state : kRuleStates) EXPECT_FALSE(to_string(state).empty());
  for (const Gate gate : kGates) EXPECT_FALSE(to_string(gate).empty());
  for (const ProbeState state : kProbeStates) EXPECT_FALSE(to_string(state).empty());
  EXPECT_EQ(to_string(Ending::timed_out), "timed_out");
  EXPECT_EQ(to_string(Gate::dry_run), "dry_run");
  EXPECT_EQ(to_string(RuleState::suppressed), "suppressed");
  EXPECT_EQ(to_string(RuleMode::act), "act");
  EXPECT_EQ(to_string(ProbeType::imap_login), "imap_login");
}

}  // namespace
}  // namespace slewd::rules
