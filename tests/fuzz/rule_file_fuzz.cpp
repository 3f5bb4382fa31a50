// SPDX-License-Identifier: Apache-2.0
// Any text is a rule file or is refused; what is taken can be shown, merged, and run.
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "rules/engine/engine.hpp"
#include "rules/files/report.hpp"
#include "rules/files/rule_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slewd;
  using namespace slewd::rules;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = parse_rule_file(text, "fuzz.json");
  if (!file) {
    SLEWD_CHECK(!file.error().message().empty());
    return 0;
  }
  for (const Rule& rule : file->rules) SLEWD_CHECK(!describe_rule(rule, *file).empty());
  SLEWD_CHECK(merge_rule_files({*file}).has_value());
  SLEWD_CHECK(overlay_rule_files(*file, *file).has_value());
  Engine engine(*file);
  Facts facts;
  facts.set(Fact::offset, Nanos{-11'000'000'000});
  for (const Intent& intent : engine.evaluate(MonoTime{}, facts)) {
    Outcome outcome;
    outcome.intent = intent.id;
    outcome.ending = Ending::failed;
    engine.on_outcome(outcome);
  }
  (void)engine.evaluate(MonoTime{std::chrono::hours(1)}, facts);
  SLEWD_CHECK(engine.views(MonoTime{}).size() == file->rules.size());
  return 0;
}
