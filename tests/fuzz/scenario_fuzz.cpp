// SPDX-License-Identifier: Apache-2.0
// Any text is a scenario or is refused; what is taken can be told for a while.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/scenario/scenario_run.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slewd;
  using namespace std::chrono_literals;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto scenario = sim::parse_scenario(text, "fuzz.json");
  if (!scenario) {
    SLEWD_CHECK(!scenario.error().message().empty());
    return 0;
  }
  // Long enough for an iburst and for what happens at once, short enough to be fast.
  scenario->length = std::min<Nanos>(scenario->length, 20s);
  scenario->statistics_from = std::min(scenario->statistics_from, scenario->length);
  sim::RunChoice choice;
  choice.poll = scenario->polls.front();
  choice.rate = scenario->rates.front();
  const sim::ScenarioResult result = sim::run_scenario(*scenario, choice);
  (void)sim::broken_limits(*scenario, result);
  return 0;
}
