// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/rule_commands.hpp"

#include <filesystem>

#include "agent/config/config.hpp"
#include "agent/records/decision_line.hpp"
#include "agent/records/line_file.hpp"
#include "base/atomic_file.hpp"
#include "base/limits.hpp"
#include "base/table.hpp"
#include "base/text.hpp"
#include "rules/engine/replay.hpp"
#include "rules/files/report.hpp"
#include "rules/lang/function_table.hpp"
#include "rules/test/rule_test.hpp"

namespace slewd::app {
namespace {

Result<rules::RuleTestReport> test_file(const std::string& path) {
  const Result<std::string> text = read_file(path, limits::kConfigBytes);
  if (!text) return fail(text.error());
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const auto read = [&](const std::string& rule_file) {
    return read_file((folder / rule_file).string(), limits::kConfigBytes);
  };
  const Result<rules::RuleTestFile> file = rules::parse_rule_tests(*text, path, read);
  if (!file) return fail(file.error());
  return rules::run_rule_tests(*file);
}

// Names the origin, which may differ from the daemon's.
std::string origin_of_rules(const std::string& config) {
  return config.empty() ? "the shipped rules; no configuration file" : "the rules of " + config;
}

}  // namespace

Result<RuleTestAnswer> test_rules(const std::vector<std::string>& files) {
  RuleTestAnswer answer;
  rules::RuleTestReport total;
  for (const std::string& path : files) {
    const Result<rules::RuleTestReport> report = test_file(path);
    if (!report) return fail(report.error());
    total.tests += report->tests;
    total.expectations += report->expectations;
    for (const std::string& failure : report->failures) {
      answer.sound = false;
      answer.text += failure + "\n";
      total.failures.push_back(failure);
    }
  }
  answer.text +=
      std::to_string(total.tests) + " tests with " + std::to_string(total.expectations) +
      " expectations: " +
      (answer.sound ? "all passed\n" : std::to_string(total.failures.size()) + " failed\n");
  return answer;
}

Result<std::string> show_rule(const std::string& name, const std::string& config) {
  const auto loaded = load_config(config);
  if (!loaded) return fail(loaded.error());
  if (const rules::Rule* rule = loaded->rules.find_rule(name); rule != nullptr)
    return describe_rule(*rule, loaded->rules) + "(" + origin_of_rules(config) + ")\n";
  std::vector<std::string_view> names;
  for (const rules::Rule& rule : loaded->rules.rules) names.push_back(rule.name);
  return fail(ErrorCode::not_found,
              "no rule '" + name + "' in " + origin_of_rules(config) + suggestion(name, names));
}

std::string list_facts() {
  Table facts({{"fact"}, {"meaning"}, {"value"}});
  for (const rules::ReadableFact& fact : rules::readable_facts())
    facts.add({fact.name, std::string(fact.meaning), fact.value});
  Table functions({{"function"}, {"meaning"}});
  for (const rules::FunctionInfo& function : rules::function_table())
    functions.add({std::string(function.usage), std::string(function.help)});
  return facts.print() + "\n" + functions.print();
}

Result<RuleTestAnswer> replay_decisions(const std::string& path, const std::string& config) {
  const auto loaded = load_config(config);
  if (!loaded) return fail(loaded.error());
  if (!std::filesystem::exists(path)) return fail(ErrorCode::not_found, path + ": no such file");
  RuleTestAnswer answer;
  std::size_t lines = 0;
  std::size_t same = 0;
  std::size_t changed = 0;
  const auto each = [&](std::string_view line) {
    const std::string place = path + ":" + std::to_string(++lines) + ": ";
    const auto decision = records::parse_decision_line(line);
    if (!decision) {
      answer.sound = false;
      answer.text += place + decision.error().describe() + "\n";
      return true;
    }
    const rules::Replayed replayed = replay(*decision, loaded->rules);
    if (replayed.same) {
      ++same;
      return true;
    }
    const rules::Rule* rule = loaded->rules.find_rule(decision->rule);
    if (rule == nullptr || rule->hash != decision->rule_hash)
      ++changed;
    else
      answer.sound = false;
    answer.text += place + decision->rule + ": " + replayed.difference + "\n";
    return true;
  };
  if (const auto read = records::LineFile::read(path, each); !read) return fail(read.error());
  answer.text += std::to_string(lines) + " decisions, re-evaluated with " +
                 origin_of_rules(config) + ": " + std::to_string(same) + " same, " +
                 std::to_string(changed) + " of changed rules, " +
                 std::to_string(lines - same - changed) + " different or damaged\n";
  return answer;
}

}  // namespace slewd::app
