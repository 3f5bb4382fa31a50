// SPDX-License-Identifier: Apache-2.0
// Tests of rules, schema "slewd.rules-test/1" (docs/rules.md): facts over time and events in,
// states and actions out. The real engine decides; time is simulated and no action is executed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/frequency.hpp"
#include "base/result.hpp"
#include "rules/rule.hpp"

namespace slewd::rules {

inline constexpr std::string_view kRuleTestSchema = "slewd.rules-test/1";

// A fact's value from a time on; monostate = unknown.
using TestValue =
    std::variant<std::monostate, bool, std::uint64_t, Nanos, Ppm, std::string /* a name */>;

// A fact over time, under the name that conditions give it.
struct TestSeries {
  enum class Kind { fact, probe, unit, log, fleet };
  Kind kind = Kind::fact;
  Fact fact = Fact::offset;
  std::string name;  // of probe, unit (its target), log trigger, or lock
  std::vector<std::pair<Nanos, TestValue>> points;  // times rise
};

struct TestLogLine {
  std::string trigger;
  std::optional<double> captured;  // in the unit of its trigger
};
struct TestStep {
  Nanos size{};  // of the planned step that is announced
};
struct TestPause {
  std::string reason;
};
struct TestResume {};
struct TestStorm {
  std::string reason;  // empty: it is over
};
struct TestEvent {
  Nanos at{};
  std::variant<JumpFact, TestLogLine, TestStep, TestPause, TestResume, TestStorm> what;
};

enum class StepVerdict { refused, given_up, done };
[[nodiscard]] std::string_view to_string(StepVerdict verdict);

// Each part that is set must hold in the evaluation at `from`; actions within `from` to `to`.
struct TestExpectation {
  int line = 0;
  Nanos from{};
  Nanos to{};
  std::string rule;  // empty only for `step`
  std::optional<RuleState> state;
  std::optional<Gate> gate;         // is closed
  std::string explains;             // is part of the explanation, or of a step's refusal
  std::optional<StepVerdict> step;  // of the step announced at `from`
  std::optional<std::vector<std::string>> actions;  // begun, in this order; each as describe() says
};

struct RuleTest {
  std::string name;
  int line = 0;
  Nanos until{};
  Nanos every{};               // between evaluations
  std::optional<Nanos> clock;  // of the week at 0 s, Monday first, in UTC; unset = unknown
  std::vector<std::pair<std::string, RuleMode>> modes;
  std::vector<std::pair<std::string, Ending>> outcomes;  // of actions, by describe()
  Nanos takes{};                                         // each action
  std::vector<TestSeries> facts;
  std::vector<TestEvent> events;  // times rise
  std::vector<TestExpectation> expectations;
};

struct RuleTestFile {
  std::string name;
  RuleFile rules;
  std::vector<RuleTest> tests;
};

// Reads a rule file that the test file names, relative to it.
using ReadRuleFile = std::function<Result<std::string>(const std::string& path)>;

// Errors as those of parse_rule_file(); those of the rule files are among them.
[[nodiscard]] Result<RuleTestFile> parse_rule_tests(std::string_view text, std::string_view name,
                                                    const ReadRuleFile& read);

struct RuleTestReport {
  std::size_t tests = 0;
  std::size_t expectations = 0;
  // "file:line: 'test': at 15s: what was expected; what was", one for each failed expectation.
  std::vector<std::string> failures;
};
[[nodiscard]] RuleTestReport run_rule_tests(const RuleTestFile& file);

}  // namespace slewd::rules
