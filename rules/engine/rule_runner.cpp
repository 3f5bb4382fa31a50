// SPDX-License-Identifier: Apache-2.0
#include "rules/engine/rule_runner.hpp"

#include <algorithm>
#include <utility>

#include "base/duration.hpp"

namespace slewd::rules {
namespace {

constexpr Nanos kClearAgain = 1min;  // after a failed undo
constexpr Nanos kLongestHeld = 1h;   // for which a cause does not expire

// By these gates an operator says "not now", not "not yet": the action is not done later.
bool forbids(Gate gate) { return gate == Gate::paused || gate == Gate::window; }

std::size_t slot(Gate gate) { return static_cast<std::size_t>(gate); }

std::vector<std::string> targets_of(const Rule& rule) {
  std::vector<std::string> targets;
  for (const auto* const chain : {&rule.links, &rule.on_clear, &rule.after_step})
    for (const Link& link : *chain)
      if (const auto* service = std::get_if<ServiceAction>(&link.action); service != nullptr)
        targets.push_back(service->target);
  return targets;
}

std::string in_seconds(Nanos duration) {
  return format(std::chrono::round<std::chrono::milliseconds>(duration));
}

}  // namespace

RuleRunner::RuleRunner(Rule rule, RuleMode most)
    : rule_(std::move(rule)), targets_(targets_of(rule_)), blocker_windows_(rule_.blockers.size()) {
  rule_.mode = std::min(rule_.mode, most);
  if (rule_.mode == RuleMode::off) state_ = RuleState::disabled;
}

std::string_view RuleRunner::shared_target(const RuleRunner& other) const {
  for (const std::string& target : targets_)
    if (std::ranges::find(other.targets_, target) != other.targets_.end()) return target;
  return {};
}

bool RuleRunner::asks_for_step() const {
  return std::ranges::any_of(rule_.links, [](const Link& link) {
    return std::holds_alternative<StepAction>(link.action);
  });
}

Readings RuleRunner::read(const Facts& facts, MonoTime now, const ProbeMemory& probes) {
  Readings readings;
  readings.now = now;
  readings.when = evaluate(rule_.when, facts, now, probes, when_windows_, held_back(now));
  if (rule_.clear) readings.clear = evaluate(*rule_.clear, facts, now, probes, clear_windows_);
  for (std::size_t i = 0; i < rule_.blockers.size(); ++i)
    readings.blockers.push_back(
        evaluate(rule_.blockers[i], facts, now, probes, blocker_windows_[i]));
  readings.facts = gate_facts(facts, rule_, now);
  return readings;
}

HeldBack RuleRunner::held_back(MonoTime now) const {
  if (!held_since_) return {};
  HeldBack held;
  held.time = std::min(now - *held_since_, kLongestHeld);
  if (!memory_.decisions.empty()) held.answered = memory_.decisions.back();
  return held;
}

NextAction RuleRunner::update(Readings readings) {
  wants_slot_ = false;
  storm_ = false;
  if (!since_) since_ = readings.now;
  if (rule_.mode == RuleMode::off) return NextAction::nothing;
  readings_ = std::move(readings);
  const MonoTime now = readings_.now;
  ++evaluations_;
  if (readings_.when.truth().is_unknown()) ++unknown_evaluations_;
  follow_condition(now);
  std::erase_if(memory_.decisions, [&](MonoTime decided) { return now - decided >= 1h; });
  if (memory_.in_flight) return NextAction::nothing;
  const bool waits = memory_.clear_not_before && now < *memory_.clear_not_before;
  if (memory_.clear_due && !waits) return NextAction::clear;
  const bool held = memory_.true_since && now - *memory_.true_since >= rule_.hold;
  return held && !(memory_.acted && memory_.receded) ? NextAction::act : NextAction::nothing;
}

void RuleRunner::follow_condition(MonoTime now) {
  if (readings_.when.truth().is_true()) {
    if (!memory_.true_since) memory_.true_since = now;
    memory_.clear_since.reset();
    if (memory_.in_episode) return;
    memory_.in_episode = true;
    // The pending `on_clear` of the last episode is cancelled.
    memory_.acted = std::exchange(memory_.clear_due, false);
    memory_.receded = false;
    counted_ = {};
    return;
  }
  memory_.true_since.reset();
  if (memory_.acted && readings_.when.truth().is_false()) memory_.receded = true;
  if (!cleared_now()) {
    memory_.clear_since.reset();
    return;
  }
  if (!memory_.clear_since) memory_.clear_since = now;
  if (now - *memory_.clear_since < rule_.clear_for) return;
  if (memory_.in_episode && memory_.acted && !rule_.on_clear.empty()) memory_.clear_due = true;
  memory_.in_episode = false;
  memory_.acted = false;
}

bool RuleRunner::cleared_now() const {
  if (readings_.clear) return readings_.clear->truth().is_true();
  // Unknown undoes nothing: a probe that has not answered yet, a bus that is not connected.
  const Value when = readings_.when.truth();
  return rule_.on_clear.empty() ? !when.is_true() : when.is_false();
}

std::optional<ClosedGate> RuleRunner::ask_gates(NextAction due, const RuleFile& file,
                                                const GateContext& context) {
  if (rule_.mode == RuleMode::off) return std::nullopt;
  std::vector<Value> blockers;
  blockers.reserve(readings_.blockers.size());
  for (const Evaluation& blocker : readings_.blockers) blockers.push_back(blocker.truth());
  const GateInput input{readings_.now, rule_,           file,    dry_run(),
                        memory_,       readings_.facts, context, blockers};
  gates_ = gate_views(input);
  return first_closed_gate(gates_, due == NextAction::clear);
}

void RuleRunner::rest(MonoTime now) {
  stopped_by_.clear();
  // A condition that is unknown for a moment is still waiting.
  if (!readings_.when.truth().is_unknown()) held_since_.reset();
  enter(resting_state(now), now);
}

RuleState RuleRunner::resting_state(MonoTime now) const {
  if (rule_.mode == RuleMode::off) return RuleState::disabled;
  if (memory_.in_flight) return RuleState::firing;
  if (memory_.true_since && !memory_.acted) return RuleState::pending;
  if (memory_.acted || memory_.clear_due || (memory_.cool_until && now < *memory_.cool_until))
    return RuleState::cooling;
  return RuleState::inactive;
}

bool RuleRunner::suppress(MonoTime now, ClosedGate closed) {
  wants_slot_ = closed.gate == Gate::fleet;
  storm_ = closed.gate == Gate::storm;
  stopped_by_ = std::move(closed.reason);
  if (forbids(closed.gate))
    held_since_.reset();
  else if (!held_since_)
    held_since_ = now;
  // During the cool-down after its own action a rule waits for the effect; it stops nothing new.
  if (closed.gate == Gate::cooldown && memory_.acted) {
    enter(RuleState::cooling, now);
    return false;
  }
  enter(RuleState::suppressed, now);
  return count(closed.gate);
}

bool RuleRunner::count(Gate gate) {
  if (std::exchange(counted_[slot(gate)], true)) return false;
  ++suppressed_[slot(gate)];
  return true;
}

std::string RuleRunner::evidence(NextAction due) const {
  if (due == NextAction::clear && rule_.clear && readings_.clear)
    return "cleared: " + explain(*rule_.clear, *readings_.clear);
  return (due == NextAction::clear ? "cleared: " : "") + explain(rule_.when, readings_.when);
}

Intent RuleRunner::decide(NextAction due, MonoTime now, std::uint64_t id) {
  stopped_by_.clear();
  held_since_.reset();
  memory_.in_flight = id;
  in_flight_dry_ = dry_run();
  in_flight_clears_ = due == NextAction::clear;
  decided_ = now;
  if (due == NextAction::clear) {
    memory_.clear_due = false;
  } else {
    had_acted_ = std::exchange(memory_.acted, true);
    memory_.receded = false;
    remember_decision(now);
  }
  if (dry_run()) ++suppressed_[slot(Gate::dry_run)];
  enter(RuleState::firing, now);
  Intent intent;
  intent.id = id;
  intent.rule = rule_.name;
  intent.links = due == NextAction::clear ? rule_.on_clear : rule_.links;
  intent.fleet = due == NextAction::clear ? "" : rule_.fleet;  // an undo waits for no slot
  intent.clears = due == NextAction::clear;
  if (due == NextAction::act) intent.undo = rule_.undo_hash();
  intent.dry_run = dry_run();
  intent.evidence = evidence(due);
  intent.decided = now;
  return intent;
}

// An undo is retried until it succeeds.
void RuleRunner::retry_clearing(Ending ending, MonoTime ended) {
  const bool good =
      ending == Ending::verified || ending == Ending::done || ending == Ending::would_do;
  // In a new episode the end of that one starts it.
  if (!good && memory_.in_episode) memory_.acted = true;
  memory_.clear_due = !good && !memory_.in_episode;
  memory_.clear_not_before.reset();
  if (memory_.clear_due) memory_.clear_not_before = ended + kClearAgain;
}

// Only attempts count: a refusal because something else was acting, or a dry run,
// is neither a failure nor a success.
void RuleRunner::count_for_breaker(Ending ending, MonoTime ended) {
  switch (ending) {
    case Ending::verified:
    case Ending::done:
      return memory_.breaker.on_success();
    case Ending::failed:
    case Ending::timed_out:
    case Ending::unknown:
      return memory_.breaker.on_failure(ended, rule_.limits.breaker);
    case Ending::refused:
    case Ending::would_do:
      return;
  }
}

void RuleRunner::on_outcome(const Outcome& outcome) {
  memory_.in_flight.reset();
  const MonoTime ended = std::max(outcome.ended, decided_);
  if (!in_flight_clears_) {
    memory_.cool_until = ended + rule_.limits.cooldown;
    // A condition that was true before the action does not show its effect.
    memory_.true_since.reset();
  }
  if (in_flight_clears_)
    retry_clearing(outcome.ending, ended);
  else
    count_for_breaker(outcome.ending, ended);
  // Nothing was done, so there is nothing to undo, even if the episode has ended
  // meanwhile.
  if (!in_flight_clears_ && outcome.ending == Ending::refused) {
    memory_.acted = memory_.in_episode && had_acted_;
    memory_.clear_due = memory_.clear_due && had_acted_;
  }
  enter(RuleState::cooling, ended);
}

void RuleRunner::enter(RuleState state, MonoTime now) {
  if (state == state_) return;
  state_ = state;
  since_ = now;
}

std::string RuleRunner::explanation(MonoTime now) const {
  if (absent()) return absent_;
  if (rule_.mode == RuleMode::off) return "switched off";
  std::string clauses = explain_why(rule_.when, readings_.when);
  if (memory_.in_flight)
    return std::string(in_flight_dry_ ? "would act" : "acting") + " since " +
           in_seconds(now - decided_) + "; " + clauses;
  if (!stopped_by_.empty()) return stopped_by_ + "; " + clauses;
  if (memory_.clear_due) {
    const bool waits = memory_.clear_not_before && now < *memory_.clear_not_before;
    return "on_clear is pending" +
           (waits ? ", next try in " + in_seconds(*memory_.clear_not_before - now) : "") + "; " +
           clauses;
  }
  if (state_ == RuleState::pending && memory_.true_since)
    return "true for " + in_seconds(now - *memory_.true_since) + " of " + format(rule_.hold) +
           "; " + clauses;
  if (memory_.cool_until && now < *memory_.cool_until)
    return "cool-down for another " + in_seconds(*memory_.cool_until - now) + "; " + clauses;
  if (state_ != RuleState::cooling) return clauses;
  if (rule_.clear && readings_.clear)
    return "waits until it is clear; " + explain_why(*rule_.clear, *readings_.clear);
  return "waits until it is clear; " + clauses;
}

RuleView RuleRunner::view(MonoTime now) const {
  RuleView view;
  view.name = rule_.name;
  view.mode = rule_.mode;
  view.when = rule_.when.text();
  view.state = state_;
  view.since = since_.value_or(now);
  view.explanation = explanation(now);
  view.absent = absent_;
  view.evaluations = evaluations_;
  view.unknown_evaluations = unknown_evaluations_;
  view.suppressed = suppressed_;
  view.gates = gates_;
  view.breaker = memory_.breaker.state(now, rule_.limits.breaker);
  view.consecutive_failures = memory_.breaker.consecutive_failures;
  return view;
}

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

ActionHistory RuleRunner::history() const {
  const bool to_undo = memory_.acted || memory_.clear_due;
  return {memory_.decisions, memory_.cool_until, memory_.breaker, to_undo ? rule_.undo_hash() : ""};
}

void RuleRunner::remember(const ActionHistory& history) {
  for (const MonoTime decided : history.decisions) remember_decision(decided);
  memory_.cool_until = std::max(memory_.cool_until, history.cool_until);
  memory_.breaker = history.breaker;
  // Only if its `on_clear` is the same as then.
  const bool known = memory_.acted || memory_.clear_due || memory_.in_flight;
  if (!known && !history.pending_undo.empty() && history.pending_undo == rule_.undo_hash())
    remember_episode(true);
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
  // Shadow decisions must not delay the first real one. The engine keeps the real ones,
  // whatever mode the rule had in between.
  if (earlier.dry_run() && dry_run()) remember(earlier.history());
  const bool same = rule_.when.text() == earlier.rule_.when.text() &&
                    dry_run() == earlier.dry_run() &&
                    rule_.clear.has_value() == earlier.rule_.clear.has_value() &&
                    (!rule_.clear || rule_.clear->text() == earlier.rule_.clear->text());
  // Its changes must be undone, whatever its mode is from now on.
  if (!earlier.dry_run() && (earlier.memory_.acted || earlier.memory_.clear_due)) {
    remember_episode(earlier.memory_.acted);
    memory_.clear_due = earlier.memory_.clear_due && !rule_.on_clear.empty();
  }
  if (!same || rule_.mode == RuleMode::off || earlier.rule_.mode == RuleMode::off) return;
  readings_.when = std::move(earlier.readings_.when);
  readings_.clear = std::move(earlier.readings_.clear);
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
