// SPDX-License-Identifier: Apache-2.0
// The life of one rule: its condition over time, its episodes, what it did and what stopped it.
// A helper of the engine; owned by the agent thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/decision.hpp"
#include "rules/engine/evaluator.hpp"
#include "rules/engine/gates.hpp"
#include "rules/engine/rule_memory.hpp"
#include "rules/rule.hpp"

namespace slewd::rules {

// What an evaluation asks for, before the gates are checked.
enum class NextAction { nothing, act, clear };

// A rule's past actions, or shadow actions, as counted by its cool-down, budget and breaker.
struct ActionHistory {
  std::vector<MonoTime> decisions;
  std::optional<MonoTime> cool_until;
  Breaker breaker;
  std::string pending_undo;  // Rule::undo_hash() of what is still to be undone; empty = nothing
};

class RuleRunner {
 public:
  // `most` caps the rule's own mode.
  explicit RuleRunner(Rule rule, RuleMode most = RuleMode::act);

  [[nodiscard]] const Rule& rule() const { return rule_; }
  [[nodiscard]] std::optional<std::uint64_t> in_flight() const { return memory_.in_flight; }
  [[nodiscard]] bool dry_run() const { return rule_.mode != RuleMode::act; }
  // Why it is not evaluated on this machine; empty = it is.
  void set_absent(std::string why) { absent_ = std::move(why); }
  [[nodiscard]] bool absent() const { return !absent_.empty(); }
  [[nodiscard]] bool asks_for_step() const;  // one of its links is the step itself
  // A real action is under way, whatever the mode has become since.
  [[nodiscard]] bool acting() const { return memory_.in_flight && !in_flight_dry_; }
  // The first target that both rules act on; empty when there is none.
  [[nodiscard]] std::string_view shared_target(const RuleRunner& other) const;
  // The other one acts under the lock that this one would act under.
  [[nodiscard]] bool shares_slot(const RuleRunner& other) const {
    return !rule_.fleet.empty() && rule_.fleet == other.rule_.fleet && !other.in_flight_clears_;
  }
  // Only the state of other machines keeps it from acting: a storm, or a slot.
  [[nodiscard]] bool waits_for_others() const { return wants_slot_ || storm_; }
  // It waits for its own lock, or acts under it.
  [[nodiscard]] bool wants_slot() const {
    return wants_slot_ || (acting() && !rule_.fleet.empty());
  }

  // Reads the facts that the rule's expressions ask for.
  [[nodiscard]] Readings read(const Facts& facts, MonoTime now, const ProbeMemory& probes);
  // Follows the condition. Afterwards ask_gates() and exactly one of rest(), suppress(), decide().
  NextAction update(Readings readings);
  [[nodiscard]] std::optional<ClosedGate> ask_gates(NextAction due, const RuleFile& file,
                                                    const GateContext& context);
  void rest(MonoTime now);
  // True when it stops something new: once for each gate in an episode.
  bool suppress(MonoTime now, ClosedGate closed);
  Intent decide(NextAction due, MonoTime now, std::uint64_t id);

  void on_outcome(const Outcome& outcome);
  // A decision of an earlier run of the daemon counts for cool-down and budget.
  void remember_decision(MonoTime decided);
  // The same for outcomes of an earlier run; in the order of time.
  void count_for_breaker(Ending ending, MonoTime ended);
  // What limits further actions, even if the rule changes meanwhile.
  [[nodiscard]] ActionHistory history() const;
  void remember(const ActionHistory& history);
  // Whether an earlier run has acted and not yet run `on_clear`, and when it may be
  // done at the earliest.
  void remember_episode(bool acted, std::optional<MonoTime> not_before = std::nullopt);
  // The rule was reloaded: state that still applies is kept.
  void take_over(RuleRunner&& earlier);

  [[nodiscard]] const RuleMemory& memory() const { return memory_; }
  void set_memory(RuleMemory memory) { memory_ = std::move(memory); }  // for a replay
  [[nodiscard]] const Readings& readings() const { return readings_; }
  [[nodiscard]] std::string evidence(NextAction due) const;

  [[nodiscard]] RuleView view(MonoTime now) const;

 private:
  void follow_condition(MonoTime now);
  [[nodiscard]] HeldBack held_back(MonoTime now) const;
  void retry_clearing(Ending ending, MonoTime ended);
  [[nodiscard]] bool cleared_now() const;
  [[nodiscard]] RuleState resting_state(MonoTime now) const;
  [[nodiscard]] std::string explanation(MonoTime now) const;
  void enter(RuleState state, MonoTime now);
  bool count(Gate gate);

  Rule rule_;
  std::vector<std::string> targets_;
  RuleMemory memory_;
  Readings readings_;
  WindowMemory when_windows_;
  WindowMemory clear_windows_;
  std::vector<WindowMemory> blocker_windows_;
  std::vector<GateView> gates_;  // of the last evaluation
  std::string absent_;
  bool wants_slot_ = false;
  bool storm_ = false;  // stopped by one at the last evaluation
  // Since when only a gate has kept it from acting; causes after this do not expire.
  std::optional<MonoTime> held_since_;

  std::array<bool, kGates.size()> counted_{};  // in this episode
  bool in_flight_dry_ = false;
  bool in_flight_clears_ = false;
  bool had_acted_ = false;  // in the episode, before what is in flight
  MonoTime decided_;
  RuleState state_ = RuleState::inactive;
  std::optional<MonoTime> since_;  // of state_; unset before the first evaluation
  std::string stopped_by_;         // reason of the closed gate
  std::uint64_t evaluations_ = 0;
  std::uint64_t unknown_evaluations_ = 0;
  std::array<std::uint64_t, kGates.size()> suppressed_{};
};

}  // namespace slewd::rules
