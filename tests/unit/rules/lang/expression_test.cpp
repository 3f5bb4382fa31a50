// SPDX-License-Identifier: Apache-2.0
#include "rules/lang/expression.hpp"

#include <gtest/gtest.h>

#include "rules/engine/evaluator.hpp"

#include "tests/unit/rules/truth_values.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

const Vocabulary kVocabulary{
    {"dovecot", "my-imap"}, {"dovecot.login", "dovecot.port", "my-imap.greeting"}, {}, {}};
constexpr MonoTime kEvaluatedAt{1000s};

Value evaluated(std::string_view text, const Facts& facts) {
  const auto expression = Expression::compile(text, kVocabulary);
  EXPECT_TRUE(expression) << text << ": " << expression.error().describe();
  if (!expression) return {};
  ProbeMemory probes;
  probes.note(facts);
  WindowMemory windows;
  return evaluate(*expression, facts, kEvaluatedAt, probes, windows).truth();
}

std::string expression_refusal(std::string_view text) {
  const auto expression = Expression::compile(text, kVocabulary);
  return expression ? "accepted" : expression.error().describe();
}

std::string explained(std::string_view text, const Facts& facts) {
  const auto expression = Expression::compile(text, kVocabulary);
  EXPECT_TRUE(expression) << expression.error().describe();
  if (!expression) return {};
  WindowMemory windows;
  return explain(*expression, evaluate(*expression, facts, kEvaluatedAt, ProbeMemory(), windows));
}

Facts some_facts() {
  Facts facts;
  facts.set(Fact::offset, Nanos{-11s});
  facts.set(Fact::bound, Nanos{40ms});
  facts.set(Fact::frequency, Ppm{-90.7});
  facts.set(Fact::phase, "Sync");
  facts.set(Fact::synchronized, true);
  facts.set(Fact::sources, std::uint64_t{4});
  facts.set(Fact::sources_reachable, std::uint64_t{3});
  facts.set(Fact::steering_reason, "an external discipliner");
  facts.phase_since = kEvaluatedAt - 90s;
  facts.jumps = {{2s, kEvaluatedAt - 300s, "suspend"}, {-11s, kEvaluatedAt - 5s, "external_step"}};
  facts.probes["dovecot.login"] = {ProbeState::failed, kEvaluatedAt - 400ms};
  facts.probes["dovecot.port"] = {ProbeState::ok, kEvaluatedAt - 60s};
  facts.probes["my-imap.greeting"] = {ProbeState::unknown, MonoTime{}};
  return facts;
}

TEST(Expression, EvaluatesEveryOperatorWithItsPrecedence) {
  const Facts facts = some_facts();
  const std::pair<const char*, Value> kCases[] = {
      {"abs(offset) > 128ms", kTrue},
      {"offset < -5s", kTrue},
      {"offset < -11s", kFalse},
      {"offset <= -11s", kTrue},
      {"-offset == 11s", kTrue},
      {"offset != -11s", kFalse},
      {"1 + 2 * 3 == 7", kTrue},
      {"(1 + 2) * 3 == 9", kTrue},
      {"10 - 3 - 2 == 5", kTrue},
      {"2 * bound == 80ms", kTrue},
      {"bound * 50% == 20ms", kTrue},
      {"bound / 2 == 20ms", kTrue},
      {"bound / 80ms == 50%", kTrue},
      {"sources.reachable / sources >= 75%", kTrue},
      {"frequency < -90ppm and frequency > -91ppm", kTrue},
      {"true or false and false", kTrue},
      {"(true or false) and false", kFalse},
      {"not true or true", kTrue},
      {"not (true or true)", kFalse},
      {"not bound > 1s", kTrue},
      {"synchronized", kTrue},
      {"synchronized == false", kFalse},
      {"phase == Sync and phase == sync and phase != spike", kTrue},
      {"Sync == phase and phase == 'SYNC'", kTrue},
      {"steering.reason == \"an external discipliner\"", kTrue},
      {"min(bound, 1s) == 40ms and max(bound, 1s) == 1s", kTrue},
      {"offset < 0 and 0 < bound", kTrue},
      {"1h30m == 5400s and 0.5s == 500ms and 20% == 200000ppm", kTrue},
      {"min(0, bound) == 0s", kTrue},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(evaluated(text, facts), expected) << text;
}

TEST(Expression, KnowsJumpsProbesAndAges) {
  const Facts facts = some_facts();
  const std::pair<const char*, Value> kCases[] = {
      {"jump.size < -5s", kTrue},
      {"jump.age == 5s and age(jump) == 5s", kTrue},
      {"jump.cause == external_step", kTrue},
      {"jump.direction == backward", kTrue},
      {"jumped(external_step, 200s) and not jumped(external_step, 4s)", kTrue},
      {"jumped(snapshot, 1h)", kFalse},
      {"backward_step(200s) == 11s", kTrue},
      {"backward_step(4s) == 0s", kTrue},
      {"forward_step(200s) == 0s and forward_step(5m) == 2s", kTrue},
      {"probe.dovecot.login == failed", kTrue},
      {"probe.dovecot == failed", kTrue},
      {"probe.dovecot.port == ok", kTrue},
      {"probe.my-imap == failed", kUnknown},
      {"probe.my-imap != ok", kUnknown},
      {"not (probe.my-imap == ok)", kUnknown},
      {"failing(dovecot.login) >= 400ms", kTrue},
      {"failing(probe.dovecot.login) == 400ms", kTrue},
      {"failing(dovecot) == 400ms", kTrue},
      {"failing(dovecot.port) == 0s", kTrue},
      {"failing(my-imap.greeting) >= 0s", kUnknown},
      {"age(phase) == 90s and phase.age == 90s", kTrue},
      {"age(probe.dovecot.port) == 1m", kTrue},
      {"age(probe.my-imap.greeting) > 0s", kUnknown},
      {"worked(dovecot.port) and not worked(dovecot.login) and not worked(dovecot)", kTrue},
      {"probe.dovecot.login != probe.dovecot.port", kTrue},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(evaluated(text, facts), expected) << text;
}

TEST(Expression, AbsentDataIsNeverTrueUnlessItDoesNotMatter) {
  const Facts nothing;
  const std::pair<const char*, Value> kCases[] = {
      {"offset > 1s", kUnknown},           {"offset <= 1s", kUnknown},
      {"not offset > 1s", kUnknown},       {"abs(offset) > 1s", kUnknown},
      {"offset == offset", kUnknown},      {"offset > 1s or true", kTrue},
      {"offset > 1s and false", kFalse},   {"offset > 1s or false", kUnknown},
      {"offset > 1s and true", kUnknown},  {"phase == Sync", kUnknown},
      {"phase != Sync", kUnknown},         {"synchronized", kUnknown},
      {"jump.size < 0", kUnknown},         {"backward_step(200s) == 0s", kTrue},
      {"age(phase) > 0s", kUnknown},       {"failing(dovecot.login) >= 0s", kUnknown},
      {"max(offset, 1s) >= 1s", kUnknown}, {"1s / 0s > 5%", kUnknown},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(evaluated(text, nothing), expected) << text;
}

TEST(Expression, NamesThePlaceAndWhatWouldBeRight) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", "column 1: the condition is empty; write for instance 'abs(offset) > 128ms'"},
      {"ofset > 1s", "column 1: unknown fact 'ofset'; did you mean 'offset'?"},
      {"probe.dovecot.login == unknown", "column 24: comparing with 'unknown' is never true"},
      {"1s < jump.sise", "column 6: unknown fact 'jump.sise'; did you mean 'jump.size'?"},
      {"abs(offset > 1s", "column 16: ',' or ')' was expected for the '(' in column 4"},
      {"(offset > 1s", "column 13: ')' was expected for the '(' in column 1"},
      {"offset > 1s)", "column 12: ')' without a '('"},
      {"offset >", "column 9: the condition ends too early: a value was expected"},
      {"offset > 1s offset", "column 13: an operator was expected before 'offset'"},
      {"offset > and", "column 10: a value was expected, not 'and'"},
      {"abz(offset) > 1s", "column 1: unknown function 'abz'; did you mean 'abs'?"},
      {"offset > 128",
       "column 8: '>' needs operands of the same unit; 'offset' is a duration, '128' is a plain "
       "number; '128' needs a unit: 128s or 128ms"},
      {"frequency > 5s",
       "column 11: '>' needs operands of the same unit; 'frequency' is a ratio, '5s' is a "
       "duration"},
      {"skew > 5",
       "column 6: '>' needs operands of the same unit; 'skew' is a ratio, '5' is a plain number; "
       "'5' "
       "needs a unit: 5% or 5ppm"},
      {"offset * bound > 1s", "column 8: '*' cannot have a duration on both sides"},
      {"offset + 1 > 1s",
       "column 8: '+' needs operands of the same unit; 'offset' is a duration, '1' is a plain "
       "number; '1' needs a unit: 1s or 1ms"},
      {"offset",
       "column 1: a condition is true or false, 'offset' is a duration; write for "
       "instance 'offset > 128ms'"},
      {"synchronized and sources",
       "column 18: 'and' joins conditions, 'sources' is a plain number; write for instance "
       "'sources >= 2'"},
      {"not offset",
       "column 5: 'not' needs a condition, 'offset' is a duration; write for "
       "instance 'offset > 128ms'"},
      {"phase == synch",
       "column 10: 'synch' is not one of Unset, Hold, Sync, Spike, Disrupted, "
       "Holdover, Alarm, Observe; did you mean 'Sync'?"},
      {"phase > Sync", "column 7: '>' cannot have a name on both sides"},
      {"phase == jump.cause", "column 7: '==' cannot have a name on both sides"},
      {"1s < bound < 2s", "column 12: comparisons do not chain; write 'a < b and b < c'"},
      {"offset = 1s", "column 8: '=' is not an operator; write '=='"},
      {"offset > 1s && true", "column 13: '&&' is not an operator; write 'and'"},
      {"!synchronized", "column 1: '!' is not an operator; write 'not'"},
      {"offset > 5 apples", "column 12: an operator was expected before 'apples'"},
      {"offset > 5apples",
       "column 10: '5apples' is not a duration: unknown unit 'apples': ns, us, ms, s, m, h or d; "
       "ratios take % or ppm"},
      {"offset > 1s #", "column 13: '#' is not allowed here"},
      {"offset > \"1", "column 10: the string that starts here has no closing quote"},
      {"offset-bound > 1s",
       "column 1: unknown fact 'offset-bound'; to subtract, put spaces "
       "around '-'"},
      {"dovecot.login == failed",
       "column 1: 'dovecot.login' is not a fact; the state of a probe is "
       "written 'probe.dovecot.login'"},
      {"failing > 1s",
       "column 1: 'failing' is a function; write for instance "
       "'failing(dovecot.login)'"},
      {"probe.dovecot.logn == failed",
       "column 1: unknown probe 'probe.dovecot.logn'; did you mean 'probe.dovecot.login'?"},
      {"failing(dovecot.logn) > 1s",
       "column 9: unknown probe 'dovecot.logn'; did you mean 'dovecot.login'?"},
      {"failing(offset) > 1s",
       "column 9: unknown probe 'offset'; known: dovecot.login, dovecot.port, "
       "my-imap.greeting, dovecot, my-imap"},
      {"abs(1s, 2s) > 1s", "column 1: 'abs' takes 1 value: abs(offset)"},
      {"min(1s) > 1s", "column 1: 'min' takes 2 values: min(jitter, 10ms)"},
      {"max(1s, 2s, 3s) > 1s", "column 1: 'max' takes 2 values: max(jitter, skew * 64s)"},
      {"abs() > 1s", "column 1: 'abs' takes 1 value: abs(offset)"},
      {"abs(phase) > 1s", "column 5: 'abs' takes numbers, 'phase' is a name"},
      {"max(1s, 1) > 1s",
       "column 1: 'max' needs values of the same unit; '1s' is a duration, '1' is a plain "
       "number"},
      {"backward_step(bound) > 1s",
       "column 15: 'backward_step' takes a fixed time here, for "
       "instance 'backward_step(200s)'"},
      {"max_over(offset, 8d) > 1s", "column 18: the time of 'max_over' is outside 1ns to 7d"},
      {"age(sources) > 1s",
       "column 5: the age of 'sources' is not kept; it is of phase, jump, update, a fact of the "
       "clock estimate, a probe or a unit"},
      {"age(probe.dovecot) > 1s", "column 5: a target has no age; name one of its probes"},
      {"1 == not true", "column 6: 'not' is not allowed here; put it in parentheses"},
      {"steering.reason == x", "column 20: unknown fact 'x'"},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(expression_refusal(text), expected) << text;
}

TEST(Expression, BoundsLengthNestingAndParts) {
  EXPECT_EQ(expression_refusal(std::string(limits::kExpressionBytes + 1, ' ')),
            "the condition is longer than 4096 bytes");
  EXPECT_EQ(expression_refusal(std::string(40, '(') + "true" + std::string(40, ')')),
            "column 33: nested deeper than 32 levels");
  EXPECT_EQ(expression_refusal(std::string(40, '-') + "1 > 0"),
            "column 33: nested deeper than 32 levels");
  std::string wide = "true";
  for (int i = 0; i < 200; ++i) wide += " or true";
  EXPECT_EQ(expression_refusal(wide), "column 1022: more than 256 parts in one condition");
}

TEST(Expression, ExplainsWithTheValuesOfItsFacts) {
  Facts facts = some_facts();
  EXPECT_EQ(explained("backward_step(200s) >= 1s and failing(dovecot.login) >= 0s", facts),
            "backward_step(200s)=11s >= 1s: true; failing(dovecot.login)=400ms >= 0s: true");
  EXPECT_EQ(explained("not (phase == Sync) or 2 * bound < -1s or not steering", facts),
            "phase=Sync == Sync: true; (2 * bound)=80ms < -1s: false; steering: unknown");
  EXPECT_EQ(explained("jitter > 10ms and abs(frequency) < 100ppm", facts),
            "jitter=unknown > 10ms: unknown; abs(frequency)=90.7ppm < 100ppm: true");
}

TEST(Expression, TellsWhatItReads) {
  const auto expression = Expression::compile(
      "abs(offset) > 1s and failing(dovecot) > 1s and offset < 2s and age(jump) < 1h", kVocabulary);
  ASSERT_TRUE(expression);
  EXPECT_EQ(expression->reads(), (std::vector<std::string>{"offset", "probe.dovecot", "jump.age"}));
}

}  // namespace
}  // namespace slewd::rules
