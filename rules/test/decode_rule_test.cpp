// SPDX-License-Identifier: Apache-2.0
// Reads files of rule tests. Every name in them must exist in their rule files.
#include "rules/test/decode_rule_test.hpp"

#include <algorithm>
#include <array>

#include "base/duration.hpp"
#include "base/json_document.hpp"
#include "base/json_reader.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "rules/files/catalogue.hpp"
#include "rules/files/decode.hpp"
#include "rules/files/rule_file.hpp"

namespace slewd::rules {
namespace {

constexpr std::array<EnumName<Ending>, 5> kEndingNames{{{"verified", Ending::verified},
                                                        {"done", Ending::done},
                                                        {"failed", Ending::failed},
                                                        {"timed_out", Ending::timed_out},
                                                        {"refused", Ending::refused}}};

constexpr std::string_view kBuiltin = "builtin";

// "mon 02:30": the time since Monday 00:00.
std::optional<Nanos> time_of_week(std::string_view text) {
  constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() != 9 || text[3] != ' ' || text[6] != ':') return std::nullopt;
  for (const std::size_t at : {4U, 5U, 7U, 8U})
    if (!digit(at)) return std::nullopt;
  const auto* const day = std::ranges::find(kDays, text.substr(0, 3));
  const int hour = (text[4] - '0') * 10 + (text[5] - '0');
  const int minute = (text[7] - '0') * 10 + (text[8] - '0');
  if (day == kDays.end() || hour > 23 || minute > 59) return std::nullopt;
  return 24h * (day - kDays.begin()) + std::chrono::hours(hour) + std::chrono::minutes(minute);
}

void decode_clock(ObjectReader& reader, RuleTest& test) {
  std::string text;
  reader.get("clock", text);
  if (!reader.has("clock")) return;
  test.clock = time_of_week(text);
  if (!test.clock)
    reader.problem("clock", R"(a day and a time of UTC are needed, for instance "mon 02:30")");
}

void decode_modes(ObjectReader& reader, const RuleFile& rules, RuleTest& test,
                  JsonProblems& problems) {
  const JsonValue* value = reader.member("modes");
  if (value == nullptr) return;
  ObjectReader modes(*value, reader.path_of("modes"), problems);
  if (value->object() == nullptr) return;
  for (const auto& [rule, word] : *value->object()) {
    RuleMode mode = RuleMode::act;
    modes.get<RuleMode>(rule, mode, kRuleModeNames);
    if (rules.find_rule(rule) == nullptr) modes.problem(rule, unknown_rule(rule, rules));
    test.modes.emplace_back(rule, mode);
  }
}

void decode_outcomes(ObjectReader& reader, const RuleFile& rules, RuleTest& test,
                     JsonProblems& problems) {
  const JsonValue* value = reader.member("outcomes");
  if (value == nullptr) return;
  ObjectReader outcomes(*value, reader.path_of("outcomes"), problems);
  if (value->object() == nullptr) return;
  for (const auto& [action, word] : *value->object()) {
    Ending ending = Ending::verified;
    outcomes.get<Ending>(action, ending, kEndingNames);
    if (const auto unknown = unknown_action(action, rules); unknown)
      outcomes.problem(action, *unknown);
    test.outcomes.emplace_back(action, ending);
  }
}

// The last moment that the test mentions.
Nanos last_moment(const RuleTest& test) {
  Nanos last{};
  for (const TestSeries& series : test.facts)
    for (const auto& [at, value] : series.points) last = std::max(last, at);
  for (const TestEvent& event : test.events) last = std::max(last, event.at);
  for (const TestExpectation& expectation : test.expectations)
    if (expectation.to != kWholeTest) last = std::max(last, expectation.to);
  return last;
}

void settle_length(ObjectReader& reader, RuleTest& test) {
  const Nanos last = last_moment(test);
  if (!reader.has("until")) test.until = last;
  if (last > test.until)
    reader.problem("until", "the test ends before " + format(last) + ", which it mentions");
  if (test.until / test.every > limits::kRuleTestLooks)
    reader.problem("until", "more than " + std::to_string(limits::kRuleTestLooks) +
                                " evaluations; end earlier, or evaluate less often (\"every\")");
  for (TestExpectation& expectation : test.expectations)
    if (expectation.to == kWholeTest) expectation.to = test.until;
}

RuleTest decode_test(const JsonValue& value, const std::string& path, const RuleFile& rules,
                     JsonProblems& problems) {
  RuleTest test;
  test.line = value.line();
  test.every = 1s;
  test.takes = 1s;
  ObjectReader reader(value, path, problems);
  reader.get("name", test.name);
  reader.get("every", test.every, 100ms, 1h);
  reader.get("until", test.until, 0s, kLongestTest);
  reader.get("takes", test.takes, 0s, 1h);
  decode_clock(reader, test);
  decode_modes(reader, rules, test, problems);
  decode_outcomes(reader, rules, test, problems);
  test.facts = decode_test_facts(reader, rules, problems);
  test.events = decode_test_events(reader, rules, problems);
  test.expectations = decode_test_expectations(reader, rules, problems);
  if (value.object() == nullptr) return test;
  if (test.name.empty()) reader.problem("name", "is missing: what the test shows");
  if (test.expectations.empty())
    reader.problem("expect", "is missing: a test that expects nothing cannot fail");
  settle_length(reader, test);
  reader.finish();
  return test;
}

// The rule files combined as in the daemon.
Result<RuleFile> load_rules(const std::vector<std::string>& paths, const ReadRuleFile& read) {
  std::vector<RuleFile> own;
  for (const std::string& path : paths) {
    if (path == kBuiltin) continue;
    const Result<std::string> text = read(path);
    if (!text) return fail(text.error());
    Result<RuleFile> file = parse_rule_file(*text, path);
    if (!file) return file;
    own.push_back(std::move(*file));
  }
  Result<RuleFile> merged = merge_rule_files(std::move(own));
  if (!merged || std::ranges::find(paths, kBuiltin) == paths.end()) return merged;
  return overlay_rule_files(builtin_rules(), std::move(*merged));
}

void decode_test_schema(ObjectReader& reader) {
  std::string schema;
  reader.get("schema", schema);
  if (schema != kRuleTestSchema)
    reader.problem("schema", R"(write "schema": ")" + std::string(kRuleTestSchema) + "\"");
}

}  // namespace

Result<RuleTestFile> parse_rule_tests(std::string_view text, std::string_view name,
                                      const ReadRuleFile& read) {
  const Result<JsonValue> document = parse_json(text, name);
  if (!document) return fail(document.error());
  JsonProblems problems{std::string(name)};
  RuleTestFile file;
  file.name = std::string(name);
  ObjectReader reader(*document, "", problems);
  if (document->object() == nullptr) return fail(problems.to_error());
  decode_test_schema(reader);
  std::vector<std::string> paths;
  reader.get("rule_files", paths);
  if (paths.empty())
    reader.problem("rule_files", R"(is missing: the files that are tested, or ["builtin"])");
  Result<RuleFile> rules = load_rules(paths, read);
  // The tests cannot be checked without their rules.
  if (!rules) return fail(std::move(rules.error()).within(std::string(name)));
  file.rules = std::move(*rules);
  reader.each("tests", [&](const JsonValue& value, const std::string& path) {
    if (file.tests.size() == limits::kRuleTests)
      return problems.add(value.line(), path,
                          "more than " + std::to_string(limits::kRuleTests) + " tests");
    file.tests.push_back(decode_test(value, path, file.rules, problems));
  });
  if (file.tests.empty()) reader.problem("tests", "is missing: the list of tests");
  reader.finish();
  if (!problems.empty()) return fail(problems.to_error());
  return file;
}

}  // namespace slewd::rules
