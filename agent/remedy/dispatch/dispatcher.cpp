// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/dispatch/dispatcher.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "base/utc.hpp"
#include "rules/files/webhook_template.hpp"

namespace slewd::remedy {

using rules::Ending;
using rules::Intent;
using rules::Link;
using rules::Outcome;

namespace {

constexpr std::string_view kElse = ", else ";  // between the links of a chain

std::string describe_links(const Intent& intent) {
  std::string text;
  for (const Link& link : intent.links) {
    if (!text.empty()) text += kElse;
    text += rules::describe(link.action);
  }
  return text;
}

}  // namespace

Dispatcher::Dispatcher(os::Reactor& reactor, records::Ledger& ledger, Actuators actuators,
                       ProbeScheduler& probes, OnOutcome on_outcome, Slots slots)
    : reactor_(reactor),
      ledger_(ledger),
      actuators_(actuators),
      probes_(probes),
      on_outcome_(std::move(on_outcome)),
      slots_(std::move(slots)),
      delivery_(reactor) {
  report_unfinished();
}

Dispatcher::~Dispatcher() = default;

void Dispatcher::configure(std::vector<rules::Target> targets,
                           const std::vector<rules::Rule>& rules) {
  targets_ = std::move(targets);
  tally_.configure(rules);
}

void Dispatcher::report_unfinished() {
  for (const records::LedgerEntry& entry : ledger_.take_unfinished()) {
    Intent intent;
    intent.id = entry.id;
    intent.rule = entry.rule;
    intent.decided = reactor_.now();
    if (entry.dry_run) {
      settle(intent, joined(entry.links, kElse),
             {Ending::would_do, "shadow mode of a previous slewd: not executed"});
    } else {
      settle(intent, joined(entry.links, kElse),
             {Ending::unknown, "result unknown: slewd exited before the action ended (decided " +
                                   utc_text(entry.stamp.wall) +
                                   "); it is not repeated: check the service"});
    }
  }
}

std::uint64_t Dispatcher::begin(Intent intent) {
  if (intent.id == 0) intent.id = ledger_.next_id();
  report_unfinished();  // of a ledger that could not be read before
  const std::uint64_t id = intent.id;
  const auto recorded = ledger_.append(intent, reactor_.now(), reactor_.boot(), reactor_.wall());
  if (!recorded && recorded.error().code() == ErrorCode::invalid) {
    // Not recorded: on disk it would be the outcome of the first intent with this id.
    Outcome refused = outcome_of(intent, Ending::refused, describe_links(intent));
    refused.detail = refused.outline = recorded.error().describe();
    publish(std::move(refused));
    return id;
  }
  std::string reason = reason_to_refuse(intent);
  if (reason.empty() && !recorded && !intent.dry_run)
    reason = "cannot write the ledger, and no action runs without a record: " +
             recorded.error().describe();
  if (!reason.empty()) {
    settle(intent, describe_links(intent), {Ending::refused, reason});
  } else if (intent.dry_run) {
    settle(intent, describe_links(intent), {Ending::would_do, "shadow mode: not executed"});
  } else {
    auto run = std::make_unique<Run>(reactor_, probes_, std::move(intent));
    run->held = touched(run->intent);
    Run& started = *run;
    runs_[id] = std::move(run);
    start(started);
  }
  return id;
}

std::string Dispatcher::reason_to_refuse(const Intent& intent) const {
  if (intent.links.empty()) return "the rule has no action";
  if (intent.links.size() > limits::kActionsPerRule)
    return "more than " + std::to_string(limits::kActionsPerRule) + " actions";
  if (const Run* holder = holder_of(touched(intent), Asks::action))
    return "busy: '" + rules::describe(holder->now().action) + "' of rule " + holder->intent.rule +
           " (intent " + std::to_string(holder->intent.id) + ") is under way";
  return {};
}

std::vector<std::string> Dispatcher::touched(const Intent& intent) const {
  std::vector<std::string> things;
  for (const Link& link : intent.links) {
    if (const auto* service = std::get_if<rules::ServiceAction>(&link.action)) {
      const auto target = std::ranges::find_if(
          targets_, [&](const rules::Target& one) { return one.name == service->target; });
      const bool by_unit = target != targets_.end() && !target->unit.empty();
      things.push_back(by_unit ? target->unit : service->target);
    } else if (std::holds_alternative<rules::PollAction>(link.action) ||
               std::holds_alternative<rules::BurstAction>(link.action)) {
      things.emplace_back(kPollInterval);
    } else if (std::holds_alternative<rules::StepAction>(link.action)) {
      things.emplace_back("the clock");
    } else if (std::holds_alternative<rules::RunAction>(link.action)) {
      things.push_back(rules::describe(link.action));
    }
  }
  return things;
}

const Dispatcher::Run* Dispatcher::holder_of(const std::vector<std::string>& things,
                                             Asks who) const {
  for (const auto& [id, run] : runs_)
    if (who == Asks::action || !run->waits_for_step())
      for (const std::string& thing : things)
        if (run->holds(thing)) return run.get();
  return nullptr;
}

std::string Dispatcher::busy_with(const rules::Rule& rule) const {
  if (runs_.empty()) return {};
  Intent intent;
  intent.links = rule.links;
  const Asks who = rule.phase == rules::RulePhase::pre_step ? Asks::step_hooks : Asks::action;
  const Run* holder = holder_of(touched(intent), who);
  if (holder == nullptr || holder->intent.rule == rule.name) return {};
  return "rule '" + holder->intent.rule + "' is acting: " + rules::describe(holder->now().action);
}

bool Dispatcher::busy_for_step(const Intent& hooks) const {
  return holder_of(touched(hooks), Asks::step_hooks) != nullptr;
}

Actuator& Dispatcher::actuator_for(const rules::Action& action) const {
  struct Choose {
    const Actuators& all;
    Actuator& operator()(const rules::ServiceAction&) const { return all.service; }
    Actuator& operator()(const rules::RunAction&) const { return all.run; }
    Actuator& operator()(const rules::PollAction&) const { return all.core; }
    Actuator& operator()(const rules::BurstAction&) const { return all.core; }
    Actuator& operator()(const rules::HoldoverAction&) const { return all.core; }
    Actuator& operator()(const rules::BanAction&) const { return all.core; }
    Actuator& operator()(const rules::StepAction&) const { return all.engine; }
    Actuator& operator()(const rules::VetoAction&) const { return all.engine; }
    Actuator& operator()(const rules::HoldRulesAction&) const { return all.engine; }
    Actuator& operator()(const rules::NotifyAction&) const { return all.notify; }
    Actuator& operator()(const rules::WebhookAction&) const { return all.webhook; }
    Actuator& operator()(const rules::NodeConditionAction&) const { return all.node; }
    Actuator& operator()(const rules::NodeEventAction&) const { return all.node; }
    Actuator& operator()(const rules::NodeTaintAction&) const { return all.node; }
  };
  return std::visit(Choose{actuators_}, action);
}

Outcome Dispatcher::outcome_of(const Intent& intent, Ending ending,
                               const std::string& action) const {
  Outcome outcome;
  outcome.intent = intent.id;
  outcome.rule = intent.rule;
  outcome.action = action;
  outcome.ending = ending;
  outcome.ended = reactor_.now();
  outcome.took = outcome.ended - intent.decided;
  outcome.wall = reactor_.wall();
  return outcome;
}

void Dispatcher::settle(const Intent& intent, const std::string& action, const ActResult& result) {
  Outcome outcome = outcome_of(intent, result.ending, action);
  outcome.detail = result.detail;
  outcome.outline = result.open_detail();
  const auto recorded = ledger_.append(outcome, outcome.ended, reactor_.boot(), outcome.wall);
  if (!recorded) {
    const std::string loss = " (not recorded: " + recorded.error().describe() + ")";
    outcome.detail += loss;
    outcome.outline += loss;
  }
  publish(std::move(outcome));
}

void Dispatcher::publish(Outcome outcome) {
  recent_.push_back(outcome);
  if (recent_.size() > limits::kActionRing) recent_.pop_front();
  undelivered_.push_back(std::move(outcome));
  if (!delivery_.running()) delivery_.start(reactor_.now(), [this] { deliver(); });
}

void Dispatcher::deliver() {
  for (const Outcome& outcome : std::exchange(undelivered_, {})) on_outcome_(outcome);
}

// Under a lock of the fleet nothing begins before the slot has been seen to be ours still: a
// machine that was paused does not know how much time has passed. A notification needs no slot.
void Dispatcher::start(Run& run) {
  const bool later = run.link > 0;
  if (run.intent.fleet.empty() || !slots_.confirm ||
      (later && rules::is_notification(run.now().action)))
    return start_link(run);
  const std::uint64_t id = run.intent.id;
  const std::weak_ptr<const bool> alive = alive_;
  const auto& ask = later ? slots_.confirm_again : slots_.confirm;
  ask(run.intent.fleet, [this, alive, id, later](bool ours, const std::string& detail) {
    if (alive.expired() || !runs_.contains(id)) return;
    Run& asked = *runs_.at(id);
    asked.in_slot = asked.in_slot || ours;
    if (ours) return start_link(asked);
    const std::string why = "the slot of '" + asked.intent.fleet + "' is not held: " + detail;
    if (later) return go_on(asked, {Ending::refused, why});
    asked.story = why;
    conclude(asked, Ending::refused, rules::describe(asked.now().action));
  });
}

void Dispatcher::start_link(Run& run) {
  const std::uint64_t id = run.intent.id;
  Link link = run.now();
  tally_.begin(run.intent.rule, rules::describe(link.action));
  link.action = expanded(run, link.action);
  run.runner.run(
      {actuator_for(link.action), id, link, rules::probes_touched_by(link.action, targets_)},
      [this, id](const LinkResult& result) { end_link(*runs_.at(id), result); });
}

rules::Action Dispatcher::expanded(const Run& run, const rules::Action& action) const {
  const auto* hook = std::get_if<rules::WebhookAction>(&action);
  if (hook == nullptr) return action;
  rules::WebhookFacts facts;
  facts.rule = run.intent.rule;
  if (run.failure) {
    facts.action = run.failure->action;
    facts.ending = std::string(rules::to_string(run.failure->ending));
  }
  facts.detail = run.story;
  facts.evidence = run.intent.evidence;
  facts.node = actuators_.node_name;
  facts.time = utc_text(reactor_.wall());
  rules::WebhookAction filled = *hook;
  // Checked when it was read; what has become too long is sent without its details.
  auto body = rules::expand_template(hook->body, facts);
  facts.detail.clear();
  facts.evidence.clear();
  if (!body) body = rules::expand_template(hook->body, facts);
  if (body) filled.body = std::move(*body);
  return filled;
}

void Dispatcher::end_link(Run& run, const LinkResult& result) {
  if (result.ending != Ending::refused && run.now().undo) run.undos.push_back(*run.now().undo);
  tally_.end(run.intent.rule, rules::describe(run.now().action), result.ending, reactor_.now(),
             reactor_.wall());
  go_on(run, result);
}

void Dispatcher::go_on(Run& run, const ActResult& result) {
  const Ending ending = result.ending;
  const Link& link = run.now();
  const std::string action = rules::describe(link.action);
  if (!run.story.empty()) run.add("; then ");
  if (run.intent.links.size() > 1) run.add(action + ": ");
  run.add(result.detail, result.open_detail());
  const bool worked = ending == Ending::done || ending == Ending::verified;
  // A notification of a failure is no success.
  const bool notified = rules::is_notification(link.action);
  if (worked && !(notified && run.failure)) return conclude(run, ending, action);
  // What was refused has done nothing: the link that failed before it is what became of the intent.
  if (!worked && !(ending == Ending::refused && run.failure)) run.failure = Failure{ending, action};
  if (!worked && link.on_fail == rules::OnFail::rollback) {
    return undo_links(run);
  }
  const bool another = run.link + 1 < run.intent.links.size();
  if (!another || (!worked && link.on_fail == rules::OnFail::stop))
    return conclude(run, run.failure->ending, run.failure->action);
  ++run.link;
  start(run);
}

// The newest first, whatever becomes of each.
void Dispatcher::undo_links(Run& run) {
  run.undoing = true;
  if (run.undos.empty()) return conclude(run, run.failure->ending, run.failure->action);
  Link undo;
  undo.action = run.undos.back();
  undo.timeout = run.now().timeout;
  run.undos.pop_back();
  const std::string what = rules::describe(undo.action);
  run.runner.run({actuator_for(undo.action), run.intent.id, undo,
                  rules::probes_touched_by(undo.action, targets_)},
                 [this, id = run.intent.id, what](const LinkResult& result) {
                   Run& undoing = *runs_.at(id);
                   undoing.add("; undone, " + what + ": ");
                   undoing.add(result.detail, result.open_detail());
                   undo_links(undoing);
                 });
}

void Dispatcher::conclude(const Run& run, Ending ending, const std::string& action) {
  const auto node =
      runs_.extract(run.intent.id);  // frees the targets before the outcome is delivered
  if (node.mapped()->in_slot) slots_.finished(node.mapped()->intent.fleet);
  settle(node.mapped()->intent, action, {ending, node.mapped()->story, node.mapped()->outline});
}

}  // namespace slewd::remedy
