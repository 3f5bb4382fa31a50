#include "rules/catalogue.hpp"

#include <gtest/gtest.h>

#include "rules/engine.hpp"
#include "rules/rule_file.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

TEST(Catalogue, EveryShippedFileIsGoodAndEveryRuleIsInShadow) {
  const auto files = builtin_rule_files();
  ASSERT_GE(files.size(), 2U);
  for (const auto& [name, text] : files) {
    const auto file = parse_rule_file(text, name);
    ASSERT_TRUE(file) << file.error().describe();
    for (const Rule& rule : file->rules) {
      EXPECT_EQ(rule.mode, RuleMode::shadow) << rule.name;
      EXPECT_FALSE(rule.note.empty()) << rule.name;
    }
  }
}

TEST(Catalogue, HoldsTheRulesThatTheDocumentationNames) {
  const RuleFile file = builtin_rules();
  for (const char* name : {"dovecot-login-hang", "dovecot-dead", "clock-poll-tighten"})
    EXPECT_NE(file.find_rule(name), nullptr) << name;
  EXPECT_NE(file.find_probe("dovecot.login"), nullptr);
}

std::vector<std::string> decided(Engine& engine, Nanos time, const Facts& facts) {
  std::vector<std::string> rules;
  for (const Intent& intent : engine.evaluate(MonoTime{time}, facts)) rules.push_back(intent.rule);
  return rules;
}

TEST(Catalogue, NothingHappensOnAMachineWithoutDovecot) {
  Engine engine(builtin_rules());
  Facts facts;
  facts.probes["dovecot.port"] = {ProbeState::failed, MonoTime{0s}};
  facts.probes["dovecot.login"] = {ProbeState::unknown, MonoTime{0s}};
  facts.jumps = {{-60s, MonoTime{10s}, "foreign_step"}};
  for (Nanos time = 11s; time < 120s; time += 1s) EXPECT_TRUE(decided(engine, time, facts).empty());
}

TEST(Catalogue, ADovecotThatDiesAfterAStepBackIsStarted) {
  Engine engine(builtin_rules());
  Facts facts;
  facts.probes["dovecot.port"] = {ProbeState::ok, MonoTime{0s}};
  facts.probes["dovecot.login"] = {ProbeState::ok, MonoTime{0s}};
  EXPECT_TRUE(decided(engine, 9s, facts).empty());
  facts.jumps = {{-11s, MonoTime{10s}, "foreign_step"}};
  facts.probes["dovecot.port"] = {ProbeState::failed, MonoTime{11s}};
  EXPECT_TRUE(decided(engine, 11s, facts).empty());
  EXPECT_EQ(decided(engine, 12s, facts), (std::vector<std::string>{"dovecot-dead"}));
}

TEST(Catalogue, ADovecotWhoseLoginsHangAfterAStepBackIsReloaded) {
  Engine engine(builtin_rules());
  Facts facts;
  facts.probes["dovecot.port"] = {ProbeState::ok, MonoTime{0s}};
  facts.probes["dovecot.login"] = {ProbeState::failed, MonoTime{11s}};
  EXPECT_TRUE(decided(engine, 12s, facts).empty()) << "without a jump it is not ours to mend";
  facts.jumps = {{-60s, MonoTime{10s}, "foreign_step"}};
  EXPECT_EQ(decided(engine, 12s, facts), (std::vector<std::string>{"dovecot-login-hang"}));
}

TEST(Catalogue, ARestlessClockIsAskedMoreOften) {
  Engine engine(builtin_rules());
  Facts facts;
  facts.set(Fact::synchronized, true);
  facts.set(Fact::offset, Nanos{-30ms});
  facts.set(Fact::jitter, Nanos{1ms});
  EXPECT_TRUE(decided(engine, 0s, facts).empty());
  EXPECT_EQ(decided(engine, 60s, facts), (std::vector<std::string>{"clock-poll-tighten"}));
}

}  // namespace
}  // namespace slewd::rules
