#include "agent/app/ctl/rule_commands.hpp"

#include <filesystem>

#include "agent/linux/atomic_file.hpp"
#include "base/limits.hpp"
#include "rules/rule_test.hpp"

namespace slewd::app {
namespace {

Result<rules::RuleTestReport> test_file(const std::string& path) {
  const Result<std::string> text = os::read_file(path, limits::kConfigBytes);
  if (!text) return fail(text.error());
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const auto read = [&](const std::string& rule_file) {
    return os::read_file((folder / rule_file).string(), limits::kConfigBytes);
  };
  const Result<rules::RuleTestFile> file = rules::parse_rule_tests(*text, path, read);
  if (!file) return fail(file.error());
  return rules::run_rule_tests(*file);
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
      (answer.sound ? "all are met\n" : std::to_string(total.failures.size()) + " are not met\n");
  return answer;
}

}  // namespace slewd::app
