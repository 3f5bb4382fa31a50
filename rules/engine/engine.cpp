// SPDX-License-Identifier: Apache-2.0
#include "rules/engine/engine.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/duration.hpp"

namespace slewd::rules {
namespace {

RuleMode most_of(const RuleFile& file) { return file.limits().mode; }

std::vector<RuleRunner> runners_for(const RuleFile& file) {
  std::vector<RuleRunner> runners;
  runners.reserve(file.rules.size());
  for (const Rule& rule : file.rules) runners.emplace_back(rule, most_of(file));
  return runners;
}

RuleRunner* find_runner(std::vector<RuleRunner>& runners, std::string_view rule) {
  const auto found = std::ranges::find_if(
      runners, [&](const RuleRunner& runner) { return runner.rule().name == rule; });
  return found == runners.end() ? nullptr : &*found;
}

}  // namespace

Engine::Engine(RuleFile file) : file_(std::move(file)), runners_(runners_for(file_)) {}

std::vector<Intent> Engine::evaluate(MonoTime now, const Facts& facts) {
  probes_.note(facts);
  end_holds(now, facts);
  std::vector<Intent> intents;
  for (RuleRunner& runner : runners_) {
    if (leave_out(runner, now, facts)) continue;
    if (runner.rule().phase == RulePhase::pre_step) {
      // Evaluated when a step is announced; until then only its present state is shown.
      (void)runner.update(runner.read(facts, now, probes_));
      (void)runner.ask_gates(NextAction::nothing, file_,
                             gate_context(runner, NextAction::nothing, now, facts));
      runner.rest(now);
    } else if (auto intent = judge(runner, now, facts)) {
      intents.push_back(std::move(*intent));
    }
  }
  return intents;
}

// A rule about something that this machine does not have is not evaluated.
bool Engine::leave_out(RuleRunner& runner, MonoTime now, const Facts& facts) {
  const auto why = facts.absent.find(runner.rule().name);
  runner.set_absent(why == facts.absent.end() ? std::string() : why->second);
  if (runner.absent()) runner.rest(now);
  return runner.absent();
}

std::optional<Intent> Engine::judge(RuleRunner& runner, MonoTime now, const Facts& facts) {
  RuleMemory before = runner.memory();
  const NextAction due = runner.update(runner.read(facts, now, probes_));
  GateContext context = gate_context(runner, due, now, facts);
  std::optional<ClosedGate> closed = runner.ask_gates(due, file_, context);
  if (due == NextAction::nothing) {
    runner.rest(now);
    return std::nullopt;
  }
  if (closed) {
    if (runner.suppress(now, *closed))
      record(runner, due, std::move(before), std::move(context), std::move(closed), 0);
    return std::nullopt;
  }
  Intent intent = runner.decide(due, now, ++last_id_);
  // Undo actions use no budget: one that fails is retried until it succeeds.
  if (due == NextAction::act) count_action(runner, now);
  hold_at_once(intent);
  record(runner, due, std::move(before), std::move(context), std::nullopt, intent.id);
  return intent;
}

// Rules that are evaluated after this one in the same pass must not act on the same jump.
void Engine::hold_at_once(const Intent& intent) {
  if (intent.dry_run || intent.links.empty()) return;
  if (const auto* hold = std::get_if<HoldRulesAction>(&intent.links.front().action))
    hold_rules(intent.decided + hold->at_most, "held by rule '" + intent.rule + "'");
}

void Engine::record(const RuleRunner& runner, NextAction due, RuleMemory before,
                    GateContext context, std::optional<ClosedGate> closed, std::uint64_t intent) {
  if (decisions_.size() == limits::kDecisionRing) {
    ++dropped_decisions_;
    return;
  }
  Decision decision;
  decision.rule = runner.rule().name;
  decision.rule_hash = runner.rule().hash;
  decision.dry_run = runner.dry_run();
  decision.clears = due == NextAction::clear;
  decision.readings = runner.readings();
  decision.before = std::move(before);
  decision.context = std::move(context);
  decision.closed = std::move(closed);
  decision.intent = intent;
  decision.evidence = runner.evidence(due);
  decisions_.push_back(std::move(decision));
}

void Engine::count_action(const RuleRunner& runner, MonoTime now) {
  while (!host_actions_.empty() && now - host_actions_.front() >= 1h) host_actions_.pop_front();
  if (!runner.dry_run() && runner.rule().reach() != Reach::self) host_actions_.push_back(now);
}

StepPlan Engine::announce_step(MonoTime now, const Facts& facts, Nanos size) {
  probes_.note(facts);
  end_holds(now, facts);
  StepPlan plan;
  plan.size = size;
  for (RuleRunner& runner : runners_)
    if (runner.rule().phase == RulePhase::pre_step && !leave_out(runner, now, facts))
      plan_for(runner, now, facts, plan);
  return plan;
}

void Engine::plan_for(RuleRunner& runner, MonoTime now, const Facts& facts, StepPlan& plan) {
  const Rule& rule = runner.rule();
  RuleMemory before = runner.memory();
  // Each announcement is an episode of its own.
  (void)runner.update(runner.read(facts, now, probes_));
  const Value needed = runner.readings().when.truth();
  // If it is unknown whether a guard is needed, it might be: without it the step could do the
  // damage that the rule is there to prevent.
  if (needed.is_unknown() && !runner.dry_run() && rule.mode != RuleMode::off &&
      plan.refused.empty())
    plan.refused = "cannot determine whether rule '" + rule.name +
                   "' is needed: " + runner.evidence(NextAction::act);
  if (!needed.is_true() || rule.mode == RuleMode::off) return runner.rest(now);
  GateContext context = gate_context(runner, NextAction::act, now, facts);
  std::optional<ClosedGate> closed = runner.ask_gates(NextAction::act, file_, context);
  if (closed) {
    // Without its guard the step would do the damage that the rule is there to prevent.
    if (!runner.dry_run() && plan.refused.empty())
      plan.refused = "rule '" + rule.name + "' may not act: " + closed->reason;
    if (runner.suppress(now, *closed))
      record(runner, NextAction::act, std::move(before), std::move(context), std::move(closed), 0);
    return;
  }
  const Intent intent = runner.decide(NextAction::act, now, ++last_id_);
  count_action(runner, now);
  record(runner, NextAction::act, std::move(before), std::move(context), std::nullopt, intent.id);
  const bool veto = std::ranges::any_of(
      rule.links, [](const Link& link) { return std::holds_alternative<VetoAction>(link.action); });
  if (veto && !intent.dry_run && plan.refused.empty())
    plan.refused = "rule '" + rule.name + "' vetoes it: " + intent.evidence;
  plan.hooks.push_back({intent.id, rule.name, intent.dry_run, intent.evidence, rule.links,
                        rule.after_step, rule.deadline});
}

void Engine::end_holds(MonoTime now, const Facts& facts) {
  if (pause_ && pause_->until && now >= *pause_->until) pause_.reset();
  if (hold_ && (now >= hold_->until || facts.get(Fact::synchronized, now).is_true())) hold_.reset();
}

GateContext Engine::gate_context(const RuleRunner& runner, NextAction due, MonoTime now,
                                 const Facts& facts) const {
  GateContext context;
  if (pause_)
    context.paused = pause_->reason;
  else if (const GlobalLimits& limits = file_.limits(); limits.kill_switch)
    context.paused = "the kill switch of " + limits.file + " is on";
  if (hold_)
    context.held = hold_->why + "; another " +
                   format(std::chrono::ceil<std::chrono::seconds>(hold_->until - now)) + " at most";
  context.busy_with = busy_with(runner, due);
  if (const auto busy = facts.busy.find(runner.rule().name);
      context.busy_with.empty() && busy != facts.busy.end())
    context.busy_with = busy->second;
  context.host_actions = static_cast<int>(
      std::ranges::count_if(host_actions_, [&](MonoTime decided) { return now - decided < 1h; }));
  return context;
}

// One action at a time on one target and under one lock. A dry run holds back no real action, and
// the hooks of one planned step wait for one another anyway.
std::string Engine::busy_with(const RuleRunner& runner, NextAction due) const {
  const auto at_work = [&](const RuleRunner& other) {
    const bool one_step =
        runner.rule().phase == RulePhase::pre_step && other.rule().phase == RulePhase::pre_step;
    // A rule that has requested a step only waits while the step's hooks run. Its other actions
    // are reported by the actuator.
    const bool asked = runner.rule().phase == RulePhase::pre_step && other.asks_for_step();
    return &other != &runner && !one_step && !asked &&
           (other.acting() || (other.in_flight() && runner.dry_run()));
  };
  for (const auto* const runners : {&runners_, &leaving_})
    for (const RuleRunner& other : *runners) {
      if (!at_work(other)) continue;
      if (const auto target = runner.shared_target(other); !target.empty())
        return "rule '" + other.rule().name + "' is acting on " + std::string(target);
      // Undoing waits for no slot.
      if (due != NextAction::clear && !runner.dry_run() && runner.shares_slot(other))
        return "rule '" + other.rule().name + "' is using the slot of '" + runner.rule().fleet +
               "'";
    }
  return {};
}

std::set<std::string> Engine::wanted_locks() const {
  std::set<std::string> locks;
  for (const auto* const runners : {&runners_, &leaving_})
    for (const RuleRunner& runner : *runners)
      if (runner.wants_slot()) locks.insert(runner.rule().fleet);
  return locks;
}

void Engine::on_outcome(const Outcome& outcome) {
  for (RuleRunner& runner : runners_)
    if (runner.in_flight() == outcome.intent) runner.on_outcome(outcome);
  std::erase_if(leaving_,
                [&](const RuleRunner& runner) { return runner.in_flight() == outcome.intent; });
}

void Engine::restore(const PastDecisions& past) {
  last_id_ = std::max(last_id_, past.last_id);
  for (const PastDecision& decision : past.decisions) {
    RuleRunner* runner = find_runner(runners_, decision.rule);
    if (runner == nullptr || runner->dry_run() != decision.dry_run) continue;
    if (!decision.dry_run) restore_episode(*runner, decision, past.now);
    if (decision.clears) continue;
    restore_hold(*runner, decision, past.now);
    if (decision.decided) runner->remember_decision(decision.ended.value_or(*decision.decided));
    if (decision.decided && !decision.dry_run && runner->rule().reach() != Reach::self)
      host_actions_.push_back(*decision.decided);
    if (decision.ending)
      runner->count_for_breaker(*decision.ending, decision.decided.value_or(past.now));
  }
}

// An action is undone by the `on_clear` that the rule had when it acted, and by nothing else: a
// rule that has got `on_clear` since has nothing to undo.
void Engine::restore_episode(RuleRunner& runner, const PastDecision& decision, MonoTime now) {
  // A probe must answer first, and fail for as long as the condition says.
  constexpr Nanos kSettled = std::chrono::minutes(1);
  const bool good = decision.ending == Ending::verified || decision.ending == Ending::done;
  if (decision.clears) return runner.remember_episode(!good, now + kSettled);
  const bool began = decision.ending != Ending::refused;
  if (began && !decision.undo.empty() && decision.undo == runner.rule().undo_hash())
    runner.remember_episode(true, now + kSettled);
}

// A hold survives a restart: the jump that caused it may be too old to cause it again.
void Engine::restore_hold(const RuleRunner& runner, const PastDecision& decision, MonoTime now) {
  const std::vector<Link>& links = runner.rule().links;
  if (decision.dry_run || !decision.decided || links.empty()) return;
  const auto* hold = std::get_if<HoldRulesAction>(&links.front().action);
  if (hold == nullptr || decision.ending == Ending::refused) return;
  const MonoTime until = *decision.decided + hold->at_most;
  if (now < until && (!hold_ || hold_->until < until))
    hold_rules(until, "held by rule '" + decision.rule + "' before the restart");
}

void Engine::replace(RuleFile file) {
  keep_acts();
  std::vector<RuleRunner> earlier = std::exchange(runners_, runners_for(file));
  file_ = std::move(file);
  for (RuleRunner& runner : earlier) {
    RuleRunner* same = find_runner(runners_, runner.rule().name);
    if (same != nullptr)
      same->take_over(std::move(runner));
    else if (runner.acting())
      leaving_.push_back(std::move(runner));
  }
  for (RuleRunner& runner : runners_) {
    if (runner.dry_run()) continue;
    if (const auto history = former_history_.extract(runner.rule().name); !history.empty())
      runner.remember(history.mapped());
  }
}

void Engine::keep_acts() {
  for (const RuleRunner& runner : runners_)
    if (!runner.dry_run()) former_history_[runner.rule().name] = runner.history();
  // The least recently used names.
  while (former_history_.size() > 2 * limits::kRules)
    former_history_.erase(std::ranges::min_element(
        former_history_, {}, [](const auto& entry) { return entry.second.cool_until; }));
}

std::vector<RuleView> Engine::views(MonoTime now) const {
  std::vector<RuleView> views;
  views.reserve(runners_.size());
  for (const RuleRunner& runner : runners_) {
    views.push_back(runner.view(now));
    if (leaves_undone(runner))
      views.back().explanation =
          "changes made by this rule are kept until it may act again; " + views.back().explanation;
  }
  return views;
}

bool Engine::leaves_undone(const RuleRunner& runner) const {
  const auto history = former_history_.find(runner.rule().name);
  return history != former_history_.end() && !history->second.pending_undo.empty();
}

std::vector<std::string> Engine::left_undone() const {
  std::vector<std::string> rules;
  for (const auto& [name, history] : former_history_)
    if (!history.pending_undo.empty()) rules.push_back(name);
  return rules;
}

}  // namespace slewd::rules
