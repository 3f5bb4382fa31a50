// SPDX-License-Identifier: Apache-2.0
// The world of one rule test: facts as the test defines them, the real engine, and actions that
// only take their time and end as the test defines.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "rules/engine/engine.hpp"
#include "rules/engine/presence.hpp"
#include "rules/engine/step_plan.hpp"
#include "rules/test/rule_test.hpp"

namespace slewd::rules {

// An action that was begun.
struct TestAction {
  Nanos at{};
  std::string rule;
  std::string action;  // describe()
  bool dry_run = false;
};

// The result of an announced step.
struct TestStepOutcome {
  Nanos at{};
  StepVerdict verdict = StepVerdict::done;
  std::string refused;  // by which rule and why
};

class TestWorld {
 public:
  // `test` outlives the world.
  TestWorld(const RuleFile& rules, const RuleTest& test);

  // Facts, events and outcomes up to `now`, then one evaluation of every rule. `now` increases.
  void update(Nanos now);

  [[nodiscard]] RuleView view(const std::string& rule, Nanos now) const;
  [[nodiscard]] const std::vector<TestAction>& started() const { return started_; }
  [[nodiscard]] const std::vector<TestStepOutcome>& steps() const { return steps_; }

 private:
  struct Ended {
    Nanos at{};
    Outcome outcome;
  };

  void refresh(Nanos now);
  void apply_series(std::size_t index, Nanos now);
  void set_fact(Fact fact, const TestValue& value, Nanos at, Nanos now);
  void set_log(const std::string& trigger, bool readable);
  void set_unit(const std::string& target, const std::string& state, Nanos at);
  void set_probe(const std::string& name, const TestValue& value, Nanos at);
  void apply_event(const TestEvent& event, Nanos now);
  void deliver(Nanos now);
  void begin(const Intent& intent, Nanos now);
  void announce(Nanos size, Nanos now);
  // Runs links one by one, each whatever the result of the one before, unless `on_fail` stops;
  // false if one of them stopped the rest.
  bool run_hooks(const std::vector<Link>& links, const StepHooks& hooks, Nanos& at);
  void pay_back(const StepHooks& hooks, std::size_t first_deed, Nanos at);
  [[nodiscard]] Ending ending_of(const Link& link) const;

  const RuleTest& test_;
  Engine engine_;
  Facts facts_;
  Presences presences_;  // of the units that the test names
  Absences absent_;
  std::map<std::string, std::vector<LogFact>, std::less<>> unread_;  // of logs that cannot be read
  std::vector<std::size_t> next_point_;                              // of each series
  std::size_t next_event_ = 0;
  bool estimate_ages_ = false;  // "update.age" is given; else an estimate is always fresh
  std::vector<Ended> ended_;
  std::vector<TestAction> started_;
  std::vector<TestStepOutcome> steps_;
};

}  // namespace slewd::rules
