#include "agent/remedy/dispatcher.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/limits.hpp"
#include "base/text.hpp"

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

Dispatcher::Dispatcher(Reactor& reactor, Ledger& ledger, Actuators actuators,
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
  for (const LedgerEntry& entry : ledger_.take_unfinished()) {
    Intent intent;
    intent.id = entry.id;
    intent.rule = entry.rule;
    intent.decided = reactor_.now();
    if (entry.dry_run) {
      settle(intent, joined(entry.links, kElse), {Ending::would_do, "dry run of a former slewd"});
    } else {
      settle(intent, joined(entry.links, kElse),
             {Ending::unknown, "slewd ended before it knew what came of this (decided " +
                                   utc_text(entry.stamp.wall) +
                                   "); it is not repeated: look at the service"});
    }
  }
}

std::uint64_t Dispatcher::begin(Intent intent) {
  if (intent.id == 0) intent.id = ledger_.next_id();
  report_unfinished();  // of a ledger that could not be read before
  const std::uint64_t id = intent.id;
  const auto recorded = ledger_.append(intent, reactor_.now(), reactor_.boot(), reactor_.wall());
  if (!recorded && recorded.error().code() == ErrorCode::invalid) {
    // Not settled: an outcome on the disk would pass for that of the first intent with this id.
    Outcome refused = outcome_of(intent, Ending::refused, describe_links(intent));
    refused.detail = refused.outline = recorded.error().describe();
    publish(std::move(refused));
    return id;
  }
  std::string reason = reason_to_refuse(intent);
  if (reason.empty() && !recorded && !intent.dry_run)
    reason = "nothing is done without a record, and the ledger cannot be written: " +
             recorded.error().describe();
  if (!reason.empty()) {
    settle(intent, describe_links(intent), {Ending::refused, reason});
  } else if (intent.dry_run) {
    settle(intent, describe_links(intent), {Ending::would_do, "dry run: nothing was done"});
  } else {
    auto run = std::make_unique<Run>(reactor_, std::move(intent));
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
        if (std::ranges::find(run->held, thing) != run->held.end()) return run.get();
  return nullptr;
}

std::string Dispatcher::busy_with(const rules::Rule& rule) const {
  if (runs_.empty()) return {};
  Intent intent;
  intent.links = rule.links;
  const Asks who = rule.phase == rules::RulePhase::pre_step ? Asks::step_hooks : Asks::action;
  const Run* holder = holder_of(touched(intent), who);
  if (holder == nullptr || holder->intent.rule == rule.name) return {};
  return "rule '" + holder->intent.rule + "' is at work: " + rules::describe(holder->now().action);
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

}  // namespace slewd::remedy
