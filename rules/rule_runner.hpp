// The life of one rule: its condition over time, its episodes, what it did and what stopped it.
// A helper of the engine; owned by the agent thread.
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/evaluator.hpp"
#include "rules/gates.hpp"
#include "rules/rule.hpp"

namespace slewd::rules {

// An episode begins when the condition becomes true and ends when it is cleared. In one episode a
// rule acts once, and again only while the condition has stayed true past the cool-down.
class RuleRunner {
 public:
  explicit RuleRunner(Rule rule);

  [[nodiscard]] const Rule& rule() const { return rule_; }
  [[nodiscard]] std::optional<std::uint64_t> in_flight() const { return in_flight_; }
  [[nodiscard]] bool dry_run() const { return rule_.mode != RuleMode::act; }
  // A real action is under way, whatever the mode has become since.
  [[nodiscard]] bool acting() const { return in_flight_ && !in_flight_dry_; }
  // The first target that both rules act on; empty when there is none.
  [[nodiscard]] std::string_view shared_target(const RuleRunner& other) const;

  // Evaluates the condition. True when it has held for `for` and an action is due, gates aside.
  bool look(const Facts& facts, MonoTime now, const ProbeMemory& probes);
  [[nodiscard]] std::optional<ClosedGate> ask_gates(MonoTime now, bool paused,
                                                    std::string_view paused_reason,
                                                    std::string_view busy_with) const;
  // Exactly one of these follows look(): nothing due, due but stopped, due and decided.
  void rest(MonoTime now);
  void suppress(MonoTime now, ClosedGate closed);
  Intent decide(MonoTime now, std::uint64_t id);

  void on_outcome(const Outcome& outcome);
  // A decision of an earlier run of the daemon counts for cool-down and budget.
  void remember_decision(MonoTime decided);
  // The rule was read anew: what still means the same is taken over.
  void take_over(RuleRunner&& earlier);

  [[nodiscard]] RuleView view(MonoTime now) const;

 private:
  void follow_condition(MonoTime now);
  void count_outcome(const Outcome& outcome);
  [[nodiscard]] bool cleared_now() const;
  [[nodiscard]] RuleState resting_state(MonoTime now) const;
  [[nodiscard]] std::string explanation(MonoTime now) const;
  void enter(RuleState state, MonoTime now);
  void count(Gate gate);

  Rule rule_;
  std::vector<std::string> targets_;

  Evaluation when_;
  Evaluation clear_;
  WindowMemory when_windows_;
  WindowMemory clear_windows_;

  std::optional<MonoTime> true_since_;   // start of the present unbroken truth
  std::optional<MonoTime> clear_since_;  // start of the present unbroken clearness
  bool in_episode_ = false;
  bool acted_ = false;                         // in this episode
  bool receded_ = false;                       // since it acted, the condition has been false
  std::array<bool, kGates.size()> counted_{};  // in this episode

  std::optional<std::uint64_t> in_flight_;
  bool in_flight_dry_ = false;
  MonoTime decided_;
  std::optional<MonoTime> cool_until_;
  std::deque<MonoTime> decisions_;  // oldest first, at most limits.per_hour

  RuleState state_ = RuleState::inactive;
  MonoTime since_;
  std::string stopped_by_;  // reason of the closed gate
  std::uint64_t evaluations_ = 0;
  std::uint64_t unknown_evaluations_ = 0;
  std::array<std::uint64_t, kGates.size()> suppressed_{};
  std::vector<ActionCounters> actions_;
};

}  // namespace slewd::rules
