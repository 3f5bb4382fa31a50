// SPDX-License-Identifier: Apache-2.0
// The facts of a rule test: named as in conditions, each fixed or over time.
#include <algorithm>
#include <array>

#include "base/duration.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "rules/files/references.hpp"
#include "rules/lang/name_help.hpp"
#include "rules/test/decode_rule_test.hpp"

namespace slewd::rules {
namespace {

constexpr std::array<EnumName<ProbeState>, 3> kProbeNames{
    {{"unknown", ProbeState::unknown}, {"ok", ProbeState::ok}, {"failed", ProbeState::failed}}};

// Facts that follow from others, with the name of what sets them.
std::string_view maker_of(Fact fact) {
  switch (fact) {
    case Fact::phase_age:
      return R"(follows from "phase")";
    case Fact::jump_size:
    case Fact::jump_age:
    case Fact::jump_cause:
    case Fact::jump_direction:
      return R"(follows from the events "jump")";
    case Fact::step_pending:
      return R"(follows from the events "announce_step")";
    default:
      return {};
  }
}

// The meaning of the name; none = the error has been reported.
std::optional<TestSeries> series_of(ObjectReader& reader, const std::string& name,
                                    const RuleFile& rules) {
  using Kind = TestSeries::Kind;
  const auto rest = [&](std::string_view prefix) {
    return name.starts_with(prefix) ? name.substr(prefix.size()) : std::string();
  };
  if (const FactInfo* fact = find_fact(name); fact != nullptr) {
    if (const std::string_view maker = maker_of(fact->fact); !maker.empty()) {
      reader.problem(name, std::string(maker));
      return std::nullopt;
    }
    return TestSeries{Kind::fact, fact->fact, name, {}};
  }
  if (rules.find_probe(rest("probe.")) != nullptr)
    return TestSeries{Kind::probe, Fact::offset, rest("probe."), {}};
  const Target* target = rules.find_target(rest("unit."));
  if (target != nullptr && !target->unit.empty())
    return TestSeries{Kind::unit, Fact::offset, rest("unit."), {}};
  if (rules.find_log(rest("log.")) != nullptr)
    return TestSeries{Kind::log, Fact::offset, rest("log."), {}};
  if (rules.find_lock(rest("fleet.")) != nullptr)
    return TestSeries{Kind::fleet, Fact::offset, rest("fleet."), {}};
  reader.problem(name, unknown_fact(name, vocabulary_of(rules)));
  return std::nullopt;
}

TestValue symbol(ObjectReader& reader, const std::string& key, const Type& type) {
  std::string word;
  reader.get(key, word);
  const bool known = type.dimension != Dimension::symbol ||
                     std::ranges::any_of(type.symbols, [&](std::string_view each) {
                       return same_ignoring_case(each, word);
                     });
  if (!known) reader.problem(key, unknown_symbol(word, type.symbols));
  return word;
}

TestValue number(ObjectReader& reader, const std::string& key, Dimension dimension) {
  constexpr Nanos kMost = std::chrono::hours(24 * 365);
  switch (dimension) {
    case Dimension::truth: {
      bool truth = false;
      reader.get(key, truth);
      return truth;
    }
    case Dimension::seconds: {
      Nanos duration{};
      reader.get(key, duration, -kMost, kMost);
      return duration;
    }
    case Dimension::ratio: {
      Ppm ppm{};
      reader.get(key, ppm, Ppm{-1e6}, Ppm{1e6});
      return ppm;
    }
    default: {
      int count = 0;
      reader.get(key, count, 0, 1000000);
      return static_cast<std::uint64_t>(count);
    }
  }
}

// The value under `key` of the reader; null is unknown.
TestValue value_of(ObjectReader& reader, const std::string& key, const TestSeries& series) {
  if (reader.member(key)->is_null()) return std::monostate{};
  switch (series.kind) {
    case TestSeries::Kind::probe: {
      ProbeState state = ProbeState::unknown;
      reader.get<ProbeState>(key, state, kProbeNames);
      return std::string(to_string(state));
    }
    case TestSeries::Kind::unit:
      return symbol(reader, key, unit_type());
    case TestSeries::Kind::log:
    case TestSeries::Kind::fleet:
      return number(reader, key, Dimension::truth);
    case TestSeries::Kind::fact:
      break;
  }
  const Type& type = info(series.fact).type;
  const bool words = type.dimension == Dimension::symbol || type.dimension == Dimension::text;
  return words ? symbol(reader, key, type) : number(reader, key, type.dimension);
}

void decode_points(const JsonValue& value, const std::string& path, TestSeries& series,
                   JsonProblems& problems) {
  ObjectReader reader(value, path, problems);
  for (const auto& [time, point] : *value.object()) {
    const Result<Nanos> at = parse_duration(time);
    if (series.points.size() == limits::kRuleTestParts)
      return problems.add(point.line(), path,
                          "more than " + std::to_string(limits::kRuleTestParts) + " points");
    if (!at || *at < 0s)
      reader.problem(time, "'" + time + "' is not a time since the start, like \"10s\"");
    else if (!series.points.empty() && *at <= series.points.back().first)
      reader.problem(time, "the times do not increase");
    else
      series.points.emplace_back(*at, value_of(reader, time, series));
  }
}

}  // namespace

std::vector<TestSeries> decode_test_facts(ObjectReader& test, const RuleFile& rules,
                                          JsonProblems& problems) {
  std::vector<TestSeries> all;
  const JsonValue* value = test.member("facts");
  if (value == nullptr) return all;
  ObjectReader reader(*value, test.path_of("facts"), problems);
  if (value->object() == nullptr) return all;
  for (const auto& [name, member] : *value->object()) {
    std::optional<TestSeries> series = series_of(reader, name, rules);
    if (!series) continue;
    if (member.object() != nullptr)
      decode_points(member, reader.path_of(name), *series, problems);
    else
      series->points.emplace_back(0s, value_of(reader, name, *series));
    all.push_back(std::move(*series));
  }
  return all;
}

}  // namespace slewd::rules
