// SPDX-License-Identifier: Apache-2.0
// A scenario told with slewd's defaults, and what was seen in it second by second.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "sim/scenario/scenario_file.hpp"
#include "sim/scenario/scenario_run.hpp"

namespace slewd::tests {

class StoryWatcher final : public sim::RunWatcher {
 public:
  void begin(sim::EngineHost&) override {}
  void second(sim::EngineHost& host, Nanos elapsed, Nanos error) override {
    last_error = error;
    largest = std::max(largest, magnitude(error));
    if (magnitude(error) >= std::chrono::milliseconds(10))
      right_from.reset();
    else if (!right_from)
      right_from = elapsed;
    const auto picture = host.snapshot();
    alarm = picture->alarm ? std::optional(picture->alarm->reason) : std::nullopt;
    if (alarm) alarmed = alarm;
    if (alarm.has_value() != (picture->phase.phase == core::Phase::alarm))
      alarm_without_reason = true;
    sources = picture->sources;
    notes = host.notes;
  }

  Nanos last_error{};
  Nanos largest{};
  std::optional<Nanos> right_from;  // within 10 ms to the end
  std::optional<core::AlarmReason> alarm;
  std::optional<core::AlarmReason> alarmed;
  bool alarm_without_reason = false;
  std::vector<core::SourceView> sources;
  std::vector<std::string> notes;
};

struct Story {
  StoryWatcher seen;
  sim::ScenarioResult result;
};

using Change = std::function<void(core::CoreConfig&)>;

// slewd's defaults, as `slewd-lab simulate` has them, and what `change` makes of them.
inline Story play(const std::string& text, const std::string& name, const Change& change = {}) {
  auto scenario = sim::parse_scenario(text, name);
  EXPECT_TRUE(scenario) << scenario.error().describe();
  scenario->core = core::CoreConfig{};
  if (change) change(scenario->core);
  Story story;
  sim::RunChoice choice;
  choice.watcher = &story.seen;
  story.result = sim::run_scenario(*scenario, choice);
  EXPECT_EQ(story.result.breaches, 0U) << story.result.breach_texts.front();
  EXPECT_FALSE(story.seen.alarm_without_reason);
  return story;
}

}  // namespace slewd::tests
