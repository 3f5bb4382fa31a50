#include "rules/rule_runner.hpp"

#include <algorithm>

#include "base/duration.hpp"

namespace slewd::rules {
namespace {

std::size_t slot(Gate gate) { return static_cast<std::size_t>(gate); }

std::vector<std::string> targets_of(const Rule& rule) {
  std::vector<std::string> targets;
  for (const Link& link : rule.links)
    if (const auto* service = std::get_if<ServiceAction>(&link.action); service != nullptr)
      targets.push_back(service->target);
  return targets;
}

std::vector<ActionCounters> counters_of(const Rule& rule) {
  std::vector<ActionCounters> counters;
  for (const Link& link : rule.links) {
    std::string action = describe(link.action);
    if (std::ranges::find(counters, action, &ActionCounters::action) != counters.end()) continue;
    counters.emplace_back();
    counters.back().action = std::move(action);
  }
  return counters;
}

std::string in_seconds(Nanos duration) {
  return format(std::chrono::round<std::chrono::milliseconds>(duration));
}

}  // namespace

RuleRunner::RuleRunner(Rule rule)
    : rule_(std::move(rule)), targets_(targets_of(rule_)), actions_(counters_of(rule_)) {
  if (rule_.mode == RuleMode::off) state_ = RuleState::disabled;
}

std::string_view RuleRunner::shared_target(const RuleRunner& other) const {
  for (const std::string& target : targets_)
    if (std::ranges::find(other.targets_, target) != other.targets_.end()) return target;
  return {};
}

bool RuleRunner::look(const Facts& facts, MonoTime now, const ProbeMemory& probes) {
  if (rule_.mode == RuleMode::off) return false;
  when_ = evaluate(rule_.when, facts, now, probes, when_windows_);
  if (rule_.clear) clear_ = evaluate(*rule_.clear, facts, now, probes, clear_windows_);
  if (++evaluations_ == 1) since_ = now;
  if (when_.truth().is_unknown()) ++unknown_evaluations_;
  follow_condition(now);
  while (!decisions_.empty() && now - decisions_.front() >= 1h) decisions_.pop_front();
  const bool held = true_since_ && now - *true_since_ >= rule_.hold;
  return held && !in_flight_ && !(acted_ && receded_);
}

void RuleRunner::follow_condition(MonoTime now) {
  if (when_.truth().is_true()) {
    if (!true_since_) true_since_ = now;
    clear_since_.reset();
    if (in_episode_) return;
    in_episode_ = true;
    acted_ = false;
    receded_ = false;
    counted_ = {};
    return;
  }
  true_since_.reset();
  if (acted_ && when_.truth().is_false()) receded_ = true;
  if (!cleared_now()) {
    clear_since_.reset();
    return;
  }
  if (!clear_since_) clear_since_ = now;
  if (now - *clear_since_ >= rule_.clear_for) {
    in_episode_ = false;
    acted_ = false;
  }
}

bool RuleRunner::cleared_now() const {
  return rule_.clear ? clear_.truth().is_true() : !when_.truth().is_true();
}

std::optional<ClosedGate> RuleRunner::ask_gates(MonoTime now, bool paused,
                                                std::string_view paused_reason,
                                                std::string_view busy_with) const {
  return first_closed_gate(
      {now, rule_.limits, paused, paused_reason, busy_with, cool_until_, decisions_});
}

void RuleRunner::rest(MonoTime now) {
  stopped_by_.clear();
  enter(resting_state(now), now);
}

RuleState RuleRunner::resting_state(MonoTime now) const {
  if (rule_.mode == RuleMode::off) return RuleState::disabled;
  if (in_flight_) return RuleState::firing;
  if (true_since_ && !acted_) return RuleState::pending;
  if (acted_ || (cool_until_ && now < *cool_until_)) return RuleState::cooling;
  return RuleState::inactive;
}

void RuleRunner::suppress(MonoTime now, ClosedGate closed) {
  stopped_by_ = std::move(closed.reason);
  // The cool-down after its own action is how a rule waits for the effect; it stops nothing new.
  if (closed.gate == Gate::cooldown && acted_) return enter(RuleState::cooling, now);
  count(closed.gate);
  enter(RuleState::suppressed, now);
}

void RuleRunner::count(Gate gate) {
  if (std::exchange(counted_[slot(gate)], true)) return;
  ++suppressed_[slot(gate)];
}

Intent RuleRunner::decide(MonoTime now, std::uint64_t id) {
  stopped_by_.clear();
  acted_ = true;
  receded_ = false;
  in_flight_ = id;
  decided_ = now;
  remember_decision(now);
  in_flight_dry_ = dry_run();
  if (dry_run()) ++suppressed_[slot(Gate::dry_run)];
  if (!actions_.empty()) actions_.front().in_progress = !dry_run();
  enter(RuleState::firing, now);
  Intent intent;
  intent.id = id;
  intent.rule = rule_.name;
  intent.links = rule_.links;
  intent.dry_run = dry_run();
  intent.evidence = explain(rule_.when, when_);
  intent.decided = now;
  return intent;
}

void RuleRunner::remember_decision(MonoTime decided) {
  decisions_.insert(std::ranges::upper_bound(decisions_, decided), decided);
  while (decisions_.size() > static_cast<std::size_t>(rule_.limits.per_hour))
    decisions_.pop_front();
  const MonoTime until = decided + rule_.limits.cooldown;
  if (!cool_until_ || *cool_until_ < until) cool_until_ = until;
}

void RuleRunner::on_outcome(const Outcome& outcome) {
  in_flight_.reset();
  cool_until_ = std::max(outcome.ended, decided_) + rule_.limits.cooldown;
  // What was true before the action says nothing about its effect.
  true_since_.reset();
  count_outcome(outcome);
  enter(RuleState::cooling, std::max(outcome.ended, decided_));
}

void RuleRunner::count_outcome(const Outcome& outcome) {
  for (ActionCounters& action : actions_) action.in_progress = false;
  if (outcome.ending == Ending::would_do) return;
  const auto deciding = std::ranges::find_if(
      rule_.links, [&](const Link& link) { return describe(link.action) == outcome.action; });
  if (deciding == rule_.links.end()) return;
  // Links run in order until one succeeds: those before the deciding one were tried and failed.
  for (auto link = rule_.links.begin();; ++link) {
    const auto counters =
        std::ranges::find(actions_, describe(link->action), &ActionCounters::action);
    ++counters->attempts;
    const bool good =
        link == deciding && (outcome.ending == Ending::verified || outcome.ending == Ending::done);
    if (!good) ++counters->failures;
    if (good && outcome.ending == Ending::verified) ++counters->verified;
    if (good) {
      counters->last_success = outcome.ended;
      counters->last_success_wall = outcome.wall;
    }
    if (link == deciding) return;
  }
}

void RuleRunner::take_over(RuleRunner&& earlier) {
  evaluations_ = earlier.evaluations_;
  unknown_evaluations_ = earlier.unknown_evaluations_;
  suppressed_ = earlier.suppressed_;
  for (ActionCounters& mine : actions_)
    for (const ActionCounters& theirs : earlier.actions_)
      if (mine.action == theirs.action) mine = theirs;
  in_flight_ = earlier.in_flight_;
  in_flight_dry_ = earlier.in_flight_dry_;
  decided_ = earlier.decided_;
  // Decisions that were only shown must not hold back the first real one.
  if (earlier.dry_run() == dry_run()) {
    for (const MonoTime decided : earlier.decisions_) remember_decision(decided);
    cool_until_ = std::max(cool_until_, earlier.cool_until_);
  }
  const bool same = rule_.when.text() == earlier.rule_.when.text() &&
                    dry_run() == earlier.dry_run() &&
                    rule_.clear.has_value() == earlier.rule_.clear.has_value() &&
                    (!rule_.clear || rule_.clear->text() == earlier.rule_.clear->text());
  if (!same || rule_.mode == RuleMode::off || earlier.rule_.mode == RuleMode::off) return;
  when_ = std::move(earlier.when_);
  clear_ = std::move(earlier.clear_);
  when_windows_ = std::move(earlier.when_windows_);
  clear_windows_ = std::move(earlier.clear_windows_);
  true_since_ = earlier.true_since_;
  clear_since_ = earlier.clear_since_;
  in_episode_ = earlier.in_episode_;
  acted_ = earlier.acted_;
  receded_ = earlier.receded_;
  counted_ = earlier.counted_;
  state_ = earlier.state_;
  since_ = earlier.since_;
  stopped_by_ = std::move(earlier.stopped_by_);
}

void RuleRunner::enter(RuleState state, MonoTime now) {
  if (state == state_) return;
  state_ = state;
  since_ = now;
}

std::string RuleRunner::explanation(MonoTime now) const {
  if (rule_.mode == RuleMode::off) return "switched off";
  std::string clauses = explain(rule_.when, when_);
  if (in_flight_)
    return std::string(in_flight_dry_ ? "would act" : "acting") + " since " +
           in_seconds(now - decided_) + "; " + clauses;
  if (!stopped_by_.empty()) return stopped_by_ + "; " + clauses;
  if (state_ == RuleState::pending && true_since_)
    return "true for " + in_seconds(now - *true_since_) + " of " + format(rule_.hold) + "; " +
           clauses;
  if (cool_until_ && now < *cool_until_)
    return "cool-down for another " + in_seconds(*cool_until_ - now) + "; " + clauses;
  if (state_ != RuleState::cooling) return clauses;
  if (rule_.clear) return "waits until it is clear; " + explain(*rule_.clear, clear_);
  return "waits until it is clear; " + clauses;
}

RuleView RuleRunner::view(MonoTime now) const {
  RuleView view;
  view.name = rule_.name;
  view.mode = rule_.mode;
  view.when = rule_.when.text();
  view.state = state_;
  view.since = since_;
  view.explanation = explanation(now);
  view.evaluations = evaluations_;
  view.unknown_evaluations = unknown_evaluations_;
  view.suppressed = suppressed_;
  view.actions = actions_;
  return view;
}

}  // namespace slewd::rules
