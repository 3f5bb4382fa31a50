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

// What a look calls for, gates aside.
enum class Due { nothing, act, clear };

// What a rule has done, or shown in shadow, as its cool-down, its budget and its breaker count it.
struct Acts {
  std::vector<MonoTime> decisions;
  std::optional<MonoTime> cool_until;
  Breaker breaker;
  std::string owes;  // Rule::undo_hash() of what is still to be taken back; empty = nothing
};

class RuleRunner {
 public:
  // `most` caps the rule's own mode.
  explicit RuleRunner(Rule rule, RuleMode most = RuleMode::act);

  [[nodiscard]] const Rule& rule() const { return rule_; }
  [[nodiscard]] std::optional<std::uint64_t> in_flight() const { return memory_.in_flight; }
  [[nodiscard]] bool dry_run() const { return rule_.mode != RuleMode::act; }
  // Why it is not judged on this machine; empty = it is.
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
  // What others know is all that keeps it from acting: a storm, or a slot.
  [[nodiscard]] bool waits_for_others() const { return wants_slot_ || storm_; }
  // Its own lock is what keeps it from acting, or it acts under it.
  [[nodiscard]] bool wants_slot() const {
    return wants_slot_ || (acting() && !rule_.fleet.empty());
  }

  // Reads the facts that the rule's expressions ask for.
  [[nodiscard]] Sight read(const Facts& facts, MonoTime now, const ProbeMemory& probes);
  // Follows the condition. Afterwards ask_gates() and exactly one of rest(), suppress(), decide().
  Due look(Sight sight);
  [[nodiscard]] std::optional<ClosedGate> ask_gates(Due due, const RuleFile& file,
                                                    const Surroundings& around);
  void rest(MonoTime now);
  // True when it stops something new: once for each gate in an episode.
  bool suppress(MonoTime now, ClosedGate closed);
  Intent decide(Due due, MonoTime now, std::uint64_t id);

  void on_outcome(const Outcome& outcome);
  // A decision of an earlier run of the daemon counts for cool-down and budget.
  void remember_decision(MonoTime decided);
  // Those of an earlier run as well; told in the order of time.
  void count_for_breaker(Ending ending, MonoTime ended);
  // What bounds further actions, whatever becomes of the rule meanwhile.
  [[nodiscard]] Acts acts() const;
  void remember(const Acts& acts);
  // Whether an earlier run has acted and not yet taken it back (`on_clear`), and when this may be
  // done at the earliest.
  void remember_episode(bool acted, std::optional<MonoTime> not_before = std::nullopt);
  // The rule was read anew: what still means the same is taken over.
  void take_over(RuleRunner&& earlier);

  [[nodiscard]] const RuleMemory& memory() const { return memory_; }
  void set_memory(RuleMemory memory) { memory_ = std::move(memory); }  // for a replay
  [[nodiscard]] const Sight& sight() const { return sight_; }
  [[nodiscard]] std::string evidence(Due due) const;

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
  Sight sight_;
  WindowMemory when_windows_;
  WindowMemory clear_windows_;
  std::vector<WindowMemory> blocker_windows_;
  std::vector<GateView> gates_;  // of the last look
  std::string absent_;
  bool wants_slot_ = false;
  bool storm_ = false;  // stopped by one at the last look
  // Since when a gate alone has kept it from acting; the harm is its to mend until then.
  std::optional<MonoTime> held_since_;

  std::array<bool, kGates.size()> counted_{};  // in this episode
  bool in_flight_dry_ = false;
  bool in_flight_clears_ = false;
  bool had_acted_ = false;  // in the episode, before what is in flight
  MonoTime decided_;
  RuleState state_ = RuleState::inactive;
  std::optional<MonoTime> since_;  // of state_; unset before the first look
  std::string stopped_by_;         // reason of the closed gate
  std::uint64_t evaluations_ = 0;
  std::uint64_t unknown_evaluations_ = 0;
  std::array<std::uint64_t, kGates.size()> suppressed_{};
};

}  // namespace slewd::rules
