// What a rule takes over from its past: of an earlier run of the daemon, of an earlier reading of
// its file, of a time in shadow.
#include <algorithm>
#include <utility>

#include "rules/rule_runner.hpp"

namespace slewd::rules {

void RuleRunner::remember_decision(MonoTime decided) {
  auto& decisions = memory_.decisions;
  decisions.insert(std::ranges::upper_bound(decisions, decided), decided);
  while (decisions.size() > static_cast<std::size_t>(rule_.limits.per_hour))
    decisions.erase(decisions.begin());
  const MonoTime until = decided + rule_.limits.cooldown;
  if (!memory_.cool_until || *memory_.cool_until < until) memory_.cool_until = until;
}

void RuleRunner::remember_episode(bool acted, std::optional<MonoTime> not_before) {
  if (rule_.on_clear.empty()) return;
  memory_.clear_not_before = not_before;
  memory_.in_episode = acted;
  memory_.acted = acted;
}

Acts RuleRunner::acts() const {
  const bool owes = memory_.acted || memory_.clear_due;
  return {memory_.decisions, memory_.cool_until, memory_.breaker, owes ? rule_.undo_hash() : ""};
}

void RuleRunner::remember(const Acts& acts) {
  for (const MonoTime decided : acts.decisions) remember_decision(decided);
  memory_.cool_until = std::max(memory_.cool_until, acts.cool_until);
  memory_.breaker = acts.breaker;
  // By what was to take it back then, and by nothing else.
  const bool known = memory_.acted || memory_.clear_due || memory_.in_flight;
  if (!known && !acts.owes.empty() && acts.owes == rule_.undo_hash()) remember_episode(true);
}

void RuleRunner::take_over(RuleRunner&& earlier) {
  evaluations_ = earlier.evaluations_;
  unknown_evaluations_ = earlier.unknown_evaluations_;
  suppressed_ = earlier.suppressed_;
  memory_.in_flight = earlier.memory_.in_flight;
  in_flight_dry_ = earlier.in_flight_dry_;
  in_flight_clears_ = earlier.in_flight_clears_;
  had_acted_ = earlier.had_acted_;
  decided_ = earlier.decided_;
  // Decisions that were only shown must not hold back the first real one. Of real ones the engine
  // knows, whatever the rule was in between.
  if (earlier.dry_run() && dry_run()) remember(earlier.acts());
  const bool same = rule_.when.text() == earlier.rule_.when.text() &&
                    dry_run() == earlier.dry_run() &&
                    rule_.clear.has_value() == earlier.rule_.clear.has_value() &&
                    (!rule_.clear || rule_.clear->text() == earlier.rule_.clear->text());
  // What it has done must be taken back, whatever it is called upon from now on.
  if (!earlier.dry_run() && (earlier.memory_.acted || earlier.memory_.clear_due)) {
    remember_episode(earlier.memory_.acted);
    memory_.clear_due = earlier.memory_.clear_due && !rule_.on_clear.empty();
  }
  if (!same || rule_.mode == RuleMode::off || earlier.rule_.mode == RuleMode::off) return;
  sight_.when = std::move(earlier.sight_.when);
  sight_.clear = std::move(earlier.sight_.clear);
  when_windows_ = std::move(earlier.when_windows_);
  clear_windows_ = std::move(earlier.clear_windows_);
  const auto own_decisions = std::move(memory_.decisions);
  const auto own_cool_until = memory_.cool_until;
  memory_ = std::move(earlier.memory_);
  memory_.decisions = own_decisions;
  memory_.cool_until = own_cool_until;
  memory_.clear_due = memory_.clear_due && !rule_.on_clear.empty();
  counted_ = earlier.counted_;
  state_ = earlier.state_;
  since_ = earlier.since_;
  stopped_by_ = std::move(earlier.stopped_by_);
  held_since_ = earlier.held_since_;
}

}  // namespace slewd::rules
