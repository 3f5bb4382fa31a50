// A planned step from the step on, or from its being given up: every rule's links after it, then
// whatever is still owed.
#include <algorithm>
#include <utility>
#include <variant>

#include "agent/remedy/planned_step.hpp"

namespace slewd::remedy {

using rules::Ending;
using rules::Link;
using rules::StepStage;
using rules::Verb;

namespace {

bool tells(const Link& link) { return rules::tells(link.action); }

}  // namespace

void PlannedStep::note(Hook& hook, const std::string& what) {
  hook.story += (hook.story.empty() ? "" : "; ") + what;
}

void PlannedStep::note_result(Hook& hook, const Link& link, const LinkResult& result) {
  const std::string action = rules::describe(link.action);
  world_.tally.end(hook.plan.rule, action, result.ending, world_.reactor.now(),
                   world_.reactor.wall());
  note(hook, action + ": " + result.detail);
  if (result.ending == Ending::verified) hook.verified = true;
  if (result.worked() && hook.failure) return;
  if (result.worked() && tells(link)) return;
  hook.action = action;
  if (!result.worked()) hook.failure = result.ending;
}

void PlannedStep::begin_after() {
  Run& run = *run_;
  run.limit.stop();
  run.turn.stop();
  run.in_flight.reset();
  run.stage = StepStage::after;
  run.hook = run.hooks.size();
  run.link = 0;
  continue_with(&PlannedStep::next_after);
}

// The last rule that has stopped something is the first to start it.
void PlannedStep::next_after() {
  Run& run = *run_;
  while (run.hook > 0) {
    Hook& hook = run.hooks[run.hook - 1];
    if (!hook.begun || hook.after_ended || run.link >= hook.plan.after.size()) {
      --run.hook;
      run.link = 0;
      continue;
    }
    const Link& link = hook.plan.after[run.link];
    const std::string why_not = reason_to_skip(hook, link);
    if (why_not.empty()) return act_after(link);
    note(hook, rules::describe(link.action) + ": not done, " + why_not);
    ++run.link;
  }
  pay_rest();
}

std::string PlannedStep::reason_to_skip(const Hook& hook, const Link& link) const {
  // A notice at the end of a chain is for the case that the chain has not worked.
  const bool others_act =
      std::ranges::any_of(hook.plan.after, [](const Link& each) { return !tells(each); });
  if (tells(link)) return others_act && !hook.failure ? "there is nothing to tell" : "";
  const auto* service = std::get_if<rules::ServiceAction>(&link.action);
  if (service == nullptr || debt_of(link.action) != nullptr) return {};
  if (service->verb == Verb::start) return service->target + " was not stopped by this step";
  const auto active = run_->was_active.find(service->target);
  if (active == run_->was_active.end()) return "no target is named '" + service->target + "'";
  if (active->second != true) return service->target + " is not known to have been active";
  const rules::ServiceAction start{Verb::start, service->target};
  if (debt_of(start) != nullptr) return service->target + " is still stopped";
  return {};
}

// What of the debts, begun and not settled, this action would pay.
PlannedStep::Debt* PlannedStep::debt_of(const rules::Action& action) const {
  const auto would_pay = owed_for(action, run_->targets);
  if (!would_pay) return nullptr;
  const auto found = std::ranges::find_if(run_->debts, [&](const Debt& debt) {
    return debt.begun && !debt.settled && debt.entry.argv == would_pay->argv &&
           debt.entry.verb == would_pay->verb && debt.entry.unit == would_pay->unit;
  });
  return found == run_->debts.end() ? nullptr : &*found;
}

void PlannedStep::act_after(const Link& link) {
  begin_link(run_->hooks[run_->hook - 1], link, &PlannedStep::on_after);
}

void PlannedStep::on_after(const LinkResult& result) {
  Run& run = *run_;
  run.in_flight.reset();
  Hook& hook = run.hooks[run.hook - 1];
  const Link& link = hook.plan.after[run.link];
  note_result(hook, link, result);
  // Two rules may owe the start of one service.
  if (result.acted)
    while (Debt* debt = debt_of(link.action)) settle_debt(*debt);
  if (!result.worked() && link.on_fail != rules::OnFail::next) hook.after_ended = true;
  ++run.link;
  continue_with(&PlannedStep::next_after);
}

// When the book cannot be written now, pay_rest() does it again: that is harmless.
void PlannedStep::settle_debt(Debt& debt) {
  debt.settled = true;
  run_->back = world_.reactor.now();
  (void)world_.owed.settle(debt.entry);
}

void PlannedStep::pay_rest() {
  Run& run = *run_;
  // What was never tried to be stopped needs no start.
  for (Debt& debt : run.debts)
    if (!debt.begun) {
      debt.settled = true;
      (void)world_.owed.settle(debt.entry);
    }
  const std::weak_ptr<const bool> alive = alive_;
  world_.payer.pay([id = run.intent.id](const OwedAction& owed) { return owed.step == id; },
                   [this, alive](const Result<std::vector<OwedPayer::Payment>>& paid) {
                     if (!alive.expired()) on_rest_paid(paid);
                   });
}

void PlannedStep::on_rest_paid(const Result<std::vector<OwedPayer::Payment>>& paid) {
  Run& run = *run_;
  if (!paid) {
    // A debt that was paid before the book failed is settled; the others are told one by one.
    for (const Debt& debt : run.debts)
      if (!debt.settled) run.unpaid.push_back(debt.entry.what);
    run.unpaid.push_back("what the book says (" + paid.error().describe() + ")");
    return finish();
  }
  for (const OwedPayer::Payment& payment : *paid) {
    const auto debt = std::ranges::find(run.debts, payment.owed, &Debt::entry);
    if (debt == run.debts.end()) continue;
    note(run.hooks[debt->hook], payment.owed.what + ": " + payment.detail);
    for (const std::string& probe : rules::probes_touched_by(debt->undo, run.targets))
      world_.probes.restart_clock(probe, payment.owed.what);
    if (payment.paid)
      run.back = world_.reactor.now();
    else if (!debt->settled)
      run.unpaid.push_back(payment.owed.what);
  }
  finish();
}

}  // namespace slewd::remedy
