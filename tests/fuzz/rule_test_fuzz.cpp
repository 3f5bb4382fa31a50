// SPDX-License-Identifier: Apache-2.0
// Any text is a file of rule tests or is refused; what is taken is run, and ends as the library
// says.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "rules/test/rule_test.hpp"

namespace {

// More would make a run too slow for a fuzzer; that it ends is a limit of the decoder's.
constexpr std::int64_t kLooks = 200;

constexpr std::string_view kRules = R"json({
  "schema": "slewd.rules/1",
  "fleet": {"db": {}},
  "targets": {"mail": {"unit": "mail.service",
    "probes": {"login": {"type": "unit"}},
    "logs": {"stall": {"match": "waiting for ([0-9.]+) sec", "captures": "seconds"}}}},
  "rules": [
    {"name": "hang", "mode": "act",
     "when": "(broken_by_jump(mail.login, 1m, -1s) or broken_by_log(mail.login, mail.stall, 1m, 1s)) and failing(mail.login) >= 1s",
     "for": "1s", "clear": "probe.mail.login == ok", "fleet": "db",
     "do": [{"reload": "mail", "on_fail": "next"}, {"notify": "lost"}], "on_clear": [{"burst": true}]},
    {"name": "guard", "mode": "act", "phase": "pre_step", "when": "step.pending < -5s",
     "do": [{"stop": "mail", "on_fail": "rollback"}], "after_step": [{"start": "mail"}]},
    {"name": "off", "when": "offset > 1s and synchronized", "do": [{"hold_rules": "1m"}]}
  ]
})json";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slewd;
  using namespace slewd::rules;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = [](const std::string&) { return Result<std::string>(std::string(kRules)); };
  const auto file = parse_rule_tests(text, "fuzz.json", read);
  if (!file) {
    SLEWD_CHECK(!file.error().describe().empty());
    return 0;
  }
  for (const RuleTest& test : file->tests)
    if (test.until / test.every > kLooks) return 0;
  const RuleTestReport report = run_rule_tests(*file);
  SLEWD_CHECK(report.tests == file->tests.size());
  return 0;
}
