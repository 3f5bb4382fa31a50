// SPDX-License-Identifier: Apache-2.0
// The events and the expectations of a rule test, and the names that they use.
#include <algorithm>
#include <array>

#include "base/duration.hpp"
#include "base/limits.hpp"
#include "rules/files/decode.hpp"
#include "rules/files/references.hpp"
#include "rules/lang/name_help.hpp"
#include "rules/test/decode_rule_test.hpp"

namespace slewd::rules {
namespace {

constexpr Nanos kLargestStep = std::chrono::hours(24 * 365);

template <class E, std::size_t N>
std::array<EnumName<E>, N> named(const std::array<E, N>& values) {
  std::array<EnumName<E>, N> names{};
  for (std::size_t i = 0; i < N; ++i) names[i] = {to_string(values[i]), values[i]};
  return names;
}

JumpFact decode_jump(const JsonValue& value, const std::string& path, JsonProblems& problems) {
  JumpFact jump;
  jump.cause = "external_step";
  ObjectReader reader(value, path, problems);
  reader.get("size", jump.size, -kLargestStep, kLargestStep);
  reader.get("cause", jump.cause);
  reader.get("seen_by_programs", jump.seen_by_programs);
  need(reader, "size", R"(for instance "-60s")");
  const auto symbols = info(Fact::jump_cause).type.symbols;
  if (std::ranges::find(symbols, jump.cause) == symbols.end())
    reader.problem("cause", unknown_symbol(jump.cause, symbols));
  reader.finish();
  return jump;
}

TestLogLine decode_line(ObjectReader& reader, const RuleFile& rules) {
  TestLogLine line;
  reader.get("log", line.trigger);
  const LogTrigger* trigger = rules.find_log(line.trigger);
  if (trigger == nullptr) reader.problem("log", unknown_log(line.trigger, vocabulary_of(rules)));
  double captured = 0;
  reader.get("captured", captured, -1e12, 1e12);
  if (!reader.has("captured")) return line;
  line.captured = captured;
  if (trigger != nullptr && !trigger->captures)
    reader.problem("captured", "the trigger '" + trigger->name + "' has no capture group");
  return line;
}

constexpr std::array<std::string_view, 6> kEvents{"jump",  "log",    "announce_step",
                                                  "pause", "resume", "storm"};

std::optional<std::string_view> kind_of_event(ObjectReader& reader) {
  std::optional<std::string_view> kind;
  for (const std::string_view key : kEvents) {
    if (reader.member(key) == nullptr) continue;
    if (kind) reader.problem(key, "a second event beside '" + std::string(*kind) + "'");
    kind = key;
  }
  return kind;
}

TestEvent decode_event(const JsonValue& value, const std::string& path, const RuleFile& rules,
                       JsonProblems& problems) {
  TestEvent event;
  ObjectReader reader(value, path, problems);
  reader.get("at", event.at, 0s, kLongestTest);
  const std::optional<std::string_view> kind = kind_of_event(reader);
  if (value.object() == nullptr) return event;
  need(reader, "at", R"(for instance "10s")");
  if (!kind) {
    problems.add(value.line(), path,
                 "has no event; one of jump, log, announce_step, pause, resume, storm is needed");
  } else if (*kind == "jump") {
    event.what = decode_jump(*reader.member("jump"), reader.path_of("jump"), problems);
  } else if (*kind == "log") {
    event.what = decode_line(reader, rules);
  } else if (*kind == "announce_step") {
    TestStep step;
    reader.get("announce_step", step.size, -kLargestStep, kLargestStep);
    event.what = step;
  } else if (*kind == "resume") {
    bool on = true;
    reader.get("resume", on);
    event.what = TestResume{};
  } else {
    std::string reason;
    reader.get(*kind, reason);
    if (*kind == "pause")
      event.what = TestPause{reason};
    else
      event.what = TestStorm{reason};
  }
  reader.finish();
  return event;
}

void decode_between(ObjectReader& reader, TestExpectation& expectation) {
  std::vector<std::string> times;
  reader.get("between", times);
  expectation.to = kWholeTest;
  if (!reader.has("between")) return;
  if (times.size() != 2)
    return reader.problem("between", R"(two times are needed: ["10s", "20s"])");
  const Result<Nanos> from = parse_duration(times[0]);
  const Result<Nanos> to = parse_duration(times[1]);
  if (!from || !to || *from < 0s || *to < *from || *to > kLongestTest)
    return reader.problem("between", R"(two increasing times are needed: ["10s", "20s"])");
  expectation.from = *from;
  expectation.to = *to;
}

// Expectations at one moment.
void decode_moment(ObjectReader& reader, TestExpectation& expectation) {
  constexpr std::array<EnumName<StepVerdict>, 3> kVerdicts{{{"refused", StepVerdict::refused},
                                                            {"given_up", StepVerdict::given_up},
                                                            {"done", StepVerdict::done}}};
  RuleState state = RuleState::inactive;
  reader.get<RuleState>("state", state, named(kRuleStates));
  if (reader.has("state")) expectation.state = state;
  Gate gate = Gate::quality;
  reader.get<Gate>("gate", gate, named(kGates));
  if (reader.has("gate")) expectation.gate = gate;
  StepVerdict step = StepVerdict::done;
  reader.get<StepVerdict>("step", step, kVerdicts);
  if (reader.has("step")) expectation.step = step;
  reader.get("explains", expectation.explains);
  const bool asked =
      expectation.state || expectation.gate || expectation.step || !expectation.explains.empty();
  if (asked != reader.has("at"))
    reader.problem("at", asked ? R"(is missing: the time for "state", "gate", "step" or "explains")"
                               : R"(needs "state", "gate", "step" or "explains")");
}

void decode_actions(ObjectReader& reader, const RuleFile& rules, TestExpectation& expectation) {
  std::vector<std::string> actions;
  reader.get("actions", actions);
  for (const std::string& action : actions)
    if (const auto unknown = unknown_action(action, rules); unknown)
      reader.problem("actions", *unknown);
  if (reader.has("actions")) expectation.actions = std::move(actions);
}

TestExpectation decode_expectation(const JsonValue& value, const std::string& path,
                                   const RuleFile& rules, JsonProblems& problems) {
  TestExpectation expectation;
  expectation.line = value.line();
  ObjectReader reader(value, path, problems);
  decode_between(reader, expectation);
  reader.get("at", expectation.from, 0s, kLongestTest);
  if (reader.has("at")) expectation.to = expectation.from;
  const std::string_view key = reader.member("never") != nullptr ? "never" : "rule";
  (void)reader.member("rule");
  reader.get(key, expectation.rule);
  decode_moment(reader, expectation);
  decode_actions(reader, rules, expectation);
  if (value.object() == nullptr) return expectation;
  if (key == "never") expectation.actions.emplace();
  if (!reader.has(key) && !expectation.step)
    reader.problem(key, "is missing: the rule for which this is expected");
  else if (reader.has(key) && rules.find_rule(expectation.rule) == nullptr)
    reader.problem(key, unknown_rule(expectation.rule, rules));
  if (!reader.has("at") && !expectation.actions)
    problems.add(value.line(), path, R"(expects nothing: "state", "actions" or "never" is needed)");
  if (reader.has("at") && (reader.has("between") || expectation.actions))
    reader.problem("at", R"(cannot be used with "between", "actions" or "never")");
  reader.finish();
  return expectation;
}

template <class Part, class Decode>
std::vector<Part> decode_moments(ObjectReader& test, std::string_view key, JsonProblems& problems,
                                 const Decode& decode) {
  std::vector<Part> parts;
  test.each(key, [&](const JsonValue& value, const std::string& path) {
    if (parts.size() == limits::kRuleTestParts)
      return problems.add(value.line(), path,
                          "more than " + std::to_string(limits::kRuleTestParts));
    parts.push_back(decode(value, path));
  });
  return parts;
}

}  // namespace

std::vector<TestEvent> decode_test_events(ObjectReader& test, const RuleFile& rules,
                                          JsonProblems& problems) {
  auto events = decode_moments<TestEvent>(test, "events", problems,
                                          [&](const JsonValue& value, const std::string& path) {
                                            return decode_event(value, path, rules, problems);
                                          });
  if (!std::ranges::is_sorted(events, {}, &TestEvent::at))
    test.problem("events", "the times do not increase");
  return events;
}

std::vector<TestExpectation> decode_test_expectations(ObjectReader& test, const RuleFile& rules,
                                                      JsonProblems& problems) {
  return decode_moments<TestExpectation>(test, "expect", problems,
                                         [&](const JsonValue& value, const std::string& path) {
                                           return decode_expectation(value, path, rules, problems);
                                         });
}

std::string unknown_rule(const std::string& name, const RuleFile& rules) {
  std::vector<std::string_view> names;
  for (const Rule& rule : rules.rules) names.push_back(rule.name);
  return "unknown rule '" + name + "'" + near_or_known(name, names);
}

std::optional<std::string> unknown_action(const std::string& action, const RuleFile& rules) {
  std::vector<std::string> actions;
  for (const Rule& rule : rules.rules)
    for (const auto* const chain : {&rule.links, &rule.on_clear, &rule.after_step})
      for (const Link& link : *chain) {
        actions.push_back(describe(link.action));
        if (link.undo) actions.push_back(describe(*link.undo));
        const auto* service = std::get_if<ServiceAction>(&link.action);
        if (service != nullptr && rule.phase == RulePhase::pre_step)
          actions.push_back(describe(ServiceAction{Verb::start, service->target}));
      }
  if (std::ranges::find(actions, action) != actions.end()) return std::nullopt;
  const std::vector<std::string_view> known(actions.begin(), actions.end());
  return "no rule has the action '" + action + "'" + near_or_known(action, known);
}

}  // namespace slewd::rules
