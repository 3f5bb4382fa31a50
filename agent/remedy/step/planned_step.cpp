// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/step/planned_step.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/duration.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::remedy {

using rules::Ending;
using rules::Intent;
using rules::Outcome;
using rules::StepAnswer;
using rules::StepHooks;
using rules::StepPlan;
using rules::StepStage;

namespace {

// How near to true time the clock must be right after a step, as a share of it, or absolutely.
constexpr int kLeftShare = 100;
constexpr Nanos kLeftAtMost = std::chrono::milliseconds(10);

std::vector<std::string> described(const std::vector<rules::Link>& links) {
  std::vector<std::string> words;
  for (const rules::Link& link : links) words.push_back(rules::describe(link.action));
  return words;
}

// What the ledger holds of one rule's hooks.
Intent intent_of(const StepHooks& hooks, MonoTime now) {
  Intent intent;
  intent.id = hooks.id;
  intent.rule = hooks.rule;
  intent.links = hooks.before;
  intent.links.insert(intent.links.end(), hooks.after.begin(), hooks.after.end());
  intent.dry_run = hooks.dry_run;
  intent.evidence = hooks.evidence;
  intent.decided = now;
  return intent;
}

}  // namespace

PlannedStep::PlannedStep(World world)
    : world_(std::move(world)), retry_(world_.reactor), delivery_(world_.reactor) {}

PlannedStep::~PlannedStep() = default;

StepAnswer PlannedStep::ask(const std::string& reason, bool dry, OnEnd ended) {
  StepPlan plan;
  StepAnswer answer = announce(true, plan);
  // What the rules were not asked about is not recorded either.
  if (dry || plan.size == Nanos{0}) return answer;
  // A step that is refused is no decision of any rule: it costs none its cool-down or budget.
  plan.hooks.clear();
  if (answer.refused.empty()) answer = announce(false, plan);
  Intent own;
  own.rule = kPlannedStepRule;
  own.links.emplace_back();
  own.links.back().action = rules::StepAction{};
  own.dry_run = false;
  own.evidence = "a step of " + format_rounded(plan.size) + ": " + reason;
  own.decided = world_.reactor.now();
  if (std::string unrecorded = record(plan, own); answer.refused.empty())
    answer.refused = std::move(unrecorded);
  if (!answer.refused.empty()) {
    refuse(plan, own, answer.refused);
    return answer;
  }
  answer.id = own.id;
  start(std::move(plan), std::move(own), reason, std::move(ended));
  return answer;
}

StepAnswer PlannedStep::announce(bool preview, StepPlan& plan) const {
  StepAnswer answer;
  const StepOffer offer = world_.clock.offer();
  answer.size = offer.size;
  answer.refused = offer.refused;
  if (run_ != nullptr) answer.refused = "a planned step is under way";
  // The rules are told of no step that the core would not make.
  if (!answer.size || !answer.refused.empty()) return answer;
  plan = world_.announce(*answer.size, preview);
  plan.size = *answer.size;
  for (const StepHooks& hooks : plan.hooks) answer.hooks.push_back(shown(hooks));
  answer.refused = reason_to_refuse(plan);
  return answer;
}

StepAnswer::Hook PlannedStep::shown(const StepHooks& hooks) {
  return {hooks.rule, hooks.dry_run, hooks.evidence, described(hooks.before),
          described(hooks.after)};
}

std::string PlannedStep::reason_to_refuse(const StepPlan& plan) const {
  if (!plan.refused.empty()) return plan.refused;
  if (recovery_ || !owed_.actions.empty() || world_.payer.busy())
    return "an earlier step still owes: " + (owed_.actions.empty()
                                                 ? std::string("its last payment is under way")
                                                 : owed_.actions.front().what);
  for (const StepHooks& hooks : plan.hooks)
    if (!hooks.dry_run && world_.busy(intent_of(hooks, world_.reactor.now())))
      return "another action is under way on what rule '" + hooks.rule + "' would stop";
  return {};
}

// Everything is on the disk before anything is done. Answers why it is not.
std::string PlannedStep::record(const StepPlan& plan, Intent& own) {
  const MonoTime now = world_.reactor.now();
  const auto append = [&](const Intent& intent) {
    return world_.ledger.append(intent, now, world_.reactor.boot(), world_.reactor.wall());
  };
  std::string problem;
  for (const StepHooks& hooks : plan.hooks)
    if (const auto recorded = append(intent_of(hooks, now)); !recorded)
      problem = recorded.error().describe();
  own.id = world_.ledger.next_id();
  if (const auto recorded = append(own); !recorded) problem = recorded.error().describe();
  if (problem.empty()) return {};
  return "nothing is done without a record, and the ledger cannot be written: " + problem;
}

void PlannedStep::refuse(const StepPlan& plan, const Intent& own, const std::string& why) {
  for (const StepHooks& hooks : plan.hooks)
    settle(intent_of(hooks, own.decided), Ending::refused, joined(described(hooks.before), ", "),
           why);
  ++endings_[static_cast<std::size_t>(Ending::refused)];
  settle(own, Ending::refused, "step", why);
}

void PlannedStep::start(StepPlan plan, Intent own, const std::string& reason, OnEnd ended) {
  run_ = std::make_unique<Run>(world_.reactor);
  run_->intent = std::move(own);
  run_->size = plan.size;
  run_->reason = reason;
  run_->ended = std::move(ended);
  run_->targets = world_.targets();
  for (const rules::Target& target : run_->targets)
    run_->was_active[target.name] = world_.was_active(target);
  for (StepHooks& hooks : plan.hooks) {
    if (hooks.dry_run) {
      settle(intent_of(hooks, run_->intent.decided), Ending::would_do,
             joined(described(hooks.before), ", "), "dry run: nothing was done");
      continue;
    }
    run_->hooks.emplace_back();
    run_->hooks.back().plan = std::move(hooks);
  }
  bound_hooks();
  continue_with(&PlannedStep::next_before);
}

void PlannedStep::finish() {
  const std::unique_ptr<Run> run = std::move(run_);
  for (const Hook& hook : run->hooks) finish_hook(*run, hook);
  const Ending ending = ending_of(*run);
  ++endings_[static_cast<std::size_t>(ending)];
  settle(run->intent, ending, "step", story_of(*run), std::move(run->ended));
  if (!run->unpaid.empty())
    world_.complain("owed and not paid yet: " + joined(run->unpaid, ", ") + "; it is tried again");
  look_at_book();
}

void PlannedStep::finish_hook(const Run& run, const Hook& hook) {
  const Ending worked = hook.verified ? Ending::verified : Ending::done;
  const Ending ending = !hook.begun ? Ending::refused : hook.failure.value_or(worked);
  const std::string& action =
      hook.action.empty() ? joined(described(hook.plan.before), ", ") : hook.action;
  settle(intent_of(hook.plan, run.intent.decided), ending, action,
         hook.begun ? hook.story : "the step was given up before");
}

Ending PlannedStep::ending_of(const Run& run) const {
  if (run.given_up) return *run.given_up;
  const Nanos allowed = std::max(magnitude(run.made->stepped) / kLeftShare, kLeftAtMost);
  const bool right = magnitude(run.made->left) <= allowed;
  return right && run.unpaid.empty() ? Ending::verified : Ending::failed;
}

std::string PlannedStep::story_of(const Run& run) const {
  std::string story = run.made
                          ? "the clock was set by " + format_rounded(run.made->stepped) +
                                " and is off by " + format_rounded(run.made->left) + " after it"
                          : "not stepped, the error is slewed away: " + run.why;
  if (run.away && run.back)
    story += "; services were away for " + format_rounded(*run.back - *run.away);
  if (!run.unpaid.empty()) story += "; still owed: " + joined(run.unpaid, ", ");
  for (const Hook& hook : run.hooks)
    if (hook.begun && !hook.story.empty()) story += "; " + hook.plan.rule + ": " + hook.story;
  return story;
}

void PlannedStep::settle(const Intent& intent, Ending ending, const std::string& action,
                         const std::string& detail, OnEnd ended) {
  Outcome outcome;
  outcome.intent = intent.id;
  outcome.rule = intent.rule;
  outcome.action = action;
  outcome.ending = ending;
  outcome.detail = detail;
  outcome.ended = world_.reactor.now();
  outcome.took = outcome.ended - intent.decided;
  outcome.wall = world_.reactor.wall();
  const auto recorded =
      world_.ledger.append(outcome, outcome.ended, world_.reactor.boot(), outcome.wall);
  if (!recorded) outcome.detail += " (not recorded: " + recorded.error().describe() + ")";
  recent_.push_back(outcome);
  if (recent_.size() > limits::kActionRing) recent_.pop_front();
  undelivered_.push_back({std::move(outcome), std::move(ended)});
  if (!delivery_.running()) delivery_.start(world_.reactor.now(), [this] { deliver(); });
}

void PlannedStep::deliver() {
  for (const Telling& telling : std::exchange(undelivered_, {})) {
    if (telling.ended) telling.ended(telling.outcome);
    world_.on_outcome(telling.outcome);
  }
}

rules::StepView PlannedStep::view() const {
  rules::StepView view;
  view.endings = endings_;
  view.undo_log_problem = owed_problem_;
  for (const OwedAction& owed : owed_.actions)
    view.pending_undos.push_back(owed.what + " (rule " + owed.rule + ")");
  if (run_ == nullptr) return view;
  view.stage = run_->stage;
  view.id = run_->intent.id;
  view.size = run_->size;
  view.reason = run_->reason;
  view.since = run_->intent.decided;
  for (const Debt& debt : run_->debts)
    if (!debt.settled)
      view.pending_undos.push_back(debt.entry.what + " (rule " + debt.entry.rule + ")");
  return view;
}

using rules::Ending;
using rules::Link;
using rules::StepStage;
using namespace std::chrono_literals;

namespace {

// For so long the core may make the step after it was asked, and so much longer its answer may
// take.
constexpr Nanos kStepWithin = 1s;
constexpr Nanos kAnswerWithin = 2s;
// What the dead-man starts must not be running while the clock is set.
constexpr Nanos kDeadManMargin = kStepWithin + kAnswerWithin;

const rules::ServiceAction* stop_of(const Link& link) {
  const auto* service = std::get_if<rules::ServiceAction>(&link.action);
  return service != nullptr && service->verb == rules::Verb::stop ? service : nullptr;
}

// What the rule itself gives this action after the step.
Nanos longest_timeout(const std::vector<Link>& after, const rules::Action& action) {
  Nanos longest{0};
  for (const Link& link : after)
    if (rules::describe(link.action) == rules::describe(action))
      longest = std::max(longest, link.timeout);
  return longest;
}

// What must be done once the step is over: as the rule says, or the start of what is stopped.
std::optional<rules::Action> undo_of(const Link& link) {
  if (link.undo) return link.undo;
  const auto* stop = stop_of(link);
  if (stop == nullptr) return std::nullopt;
  return rules::ServiceAction{rules::Verb::start, stop->target};
}

}  // namespace

// Never from within what called us: an actuator may report at once.
void PlannedStep::continue_with(void (PlannedStep::*next)()) {
  run_->turn.start(world_.reactor.now(), [this, next] { (this->*next)(); });
}

// All hooks together have as long as the most impatient rule allows.
void PlannedStep::bound_hooks() {
  Run& run = *run_;
  Nanos longest = Nanos::max();
  for (const Hook& hook : run.hooks) longest = std::min(longest, hook.plan.deadline.hooks);
  if (run.hooks.empty()) return;
  const MonoTime start = run.intent.decided;
  // Whatever the rules say, the step is made before anybody else pays.
  const MonoTime end = std::min(start + longest, world_.reactor.now() + until_dead_man());
  run.limit.start(end, [this] { on_hooks_late(); });
}

void PlannedStep::on_hooks_late() {
  Run& run = *run_;
  if (run.in_flight) {
    run.in_flight->abandon();
    run.in_flight.reset();
    Hook& hook = run.hooks[run.hook];
    note_result(hook, hook.plan.before[run.link],
                {Ending::timed_out, false, "ended by the deadline of the hooks"});
  }
  run.turn.stop();
  const bool step_anyway = std::ranges::all_of(run.hooks, [](const Hook& hook) {
    return hook.plan.deadline.on_expiry == rules::StepExpiry::step;
  });
  if (step_anyway && until_dead_man() > Nanos{0}) return ask_core();
  give_up(Ending::timed_out, "the hooks took longer than they may (" +
                                 format_rounded(world_.reactor.now() - run.intent.decided) + ")");
}

// How long the step may still be asked for.
Nanos PlannedStep::until_dead_man() const {
  Nanos left = std::chrono::hours(24);
  for (const Debt& debt : run_->debts)
    left = std::min(left, debt.entry.due - world_.reactor.boot() - kDeadManMargin);
  return left;
}

void PlannedStep::next_before() {
  Run& run = *run_;
  while (run.hook < run.hooks.size()) {
    Hook& hook = run.hooks[run.hook];
    hook.begun = true;
    if (run.link < hook.plan.before.size()) return begin_before(hook, hook.plan.before[run.link]);
    ++run.hook;
    run.link = 0;
  }
  ask_core();
}

void PlannedStep::advance() {
  ++run_->link;
  continue_with(&PlannedStep::next_before);
}

std::string PlannedStep::why_not_known(const std::string& target) const {
  std::string why;
  for (const rules::ProbeView& probe : world_.probes.views())
    if (probe.name.starts_with(target + "."))
      why += (why.empty() ? "" : "; ") + probe.name + ": " +
             std::string(rules::to_string(probe.state)) +
             (probe.detail.empty() ? "" : ", " + probe.detail);
  return why.empty() ? "systemd does not say, and no probe of it runs" : why;
}

void PlannedStep::begin_before(Hook& hook, const Link& link) {
  if (const auto* stop = stop_of(link)) {
    if (run_->stopped.contains(stop->target)) {
      note(hook, stop->target + " is stopped already");
      return advance();
    }
    const std::optional<bool> active = run_->was_active[stop->target];
    if (!active) {
      hook.failure = Ending::refused;
      note(hook, "it is not known whether " + stop->target + " is active");
      return give_up(Ending::refused, "it is not known whether " + stop->target + " is active (" +
                                          why_not_known(stop->target) +
                                          "), and only what was active may be started again");
    }
    if (!*active) {
      note(hook, stop->target + " was not active: it is left alone");
      return advance();
    }
  }
  const auto undo = undo_of(link);
  if (!undo) return act_before();
  if (!owe(hook, link, *undo)) return;
  if (run_->armed) return act_before();
  arm();
}

bool PlannedStep::owe(const Hook& hook, const Link& link, const rules::Action& undo) {
  Run& run = *run_;
  Result<OwedAction> owed = owed_for(undo, run.targets);
  if (owed) {
    owed->step = run.intent.id;
    owed->rule = hook.plan.rule;
    owed->boot_id = world_.boot_id;
    owed->due = world_.reactor.boot() + link.fallback_timer;
    owed->timeout = std::max(owed->timeout, longest_timeout(hook.plan.after, undo));
    owed = world_.owed.add(std::move(*owed));
  }
  if (!owed) {
    give_up(Ending::failed,
            "'" + rules::describe(undo) + "' could not be owed: " + owed.error().describe());
    return false;
  }
  run.debts.push_back({std::move(*owed), undo, run.hook, false, false});
  bound_hooks();
  return true;
}

void PlannedStep::arm() {
  const std::weak_ptr<const bool> alive = alive_;
  const std::uint64_t id = run_->intent.id;
  world_.deadman.arm([this, alive, id](const Result<void>& armed) {
    if (alive.expired() || run_ == nullptr || run_->intent.id != id) return;
    if (run_->stage != StepStage::before) return;
    if (!armed) {
      run_->turn.start(world_.reactor.now(), [this, why = armed.error().describe()] {
        give_up(Ending::failed, "nothing is stopped without a dead-man: " + why);
      });
      return;
    }
    run_->armed = true;
    continue_with(&PlannedStep::act_before);
  });
}

void PlannedStep::act_before() {
  Run& run = *run_;
  const Hook& hook = run.hooks[run.hook];
  const Link& link = hook.plan.before[run.link];
  for (Debt& debt : run.debts) debt.begun = true;
  if (stop_of(link) != nullptr && !run.away) run.away = world_.reactor.now();
  begin_link(hook, link, &PlannedStep::on_before);
}

void PlannedStep::begin_link(const Hook& hook, const Link& link,
                             void (PlannedStep::*ended)(const LinkResult&)) {
  world_.tally.begin(hook.plan.rule, rules::describe(link.action));
  run_->in_flight = std::make_unique<PlannedLink>(
      world_.reactor, world_.probes, world_.actuator(link.action), hook.plan.id, link,
      rules::probes_touched_by(link.action, run_->targets),
      [this, ended](const LinkResult& result) { (this->*ended)(result); });
}

void PlannedStep::on_before(const LinkResult& result) {
  Run& run = *run_;
  run.in_flight.reset();
  Hook& hook = run.hooks[run.hook];
  const Link& link = hook.plan.before[run.link];
  if (const auto* stop = stop_of(link); stop != nullptr && result.worked())
    run.stopped.insert(stop->target);
  note_result(hook, link, result);
  if (result.worked() || link.on_fail == rules::OnFail::next) return advance();
  give_up(result.ending,
          "rule " + hook.plan.rule + ", '" + rules::describe(link.action) + "': " + result.detail);
}

void PlannedStep::ask_core() {
  Run& run = *run_;
  run.limit.stop();
  if (until_dead_man() <= Nanos{0})
    return give_up(Ending::timed_out, "the dead-man is about to start what was stopped");
  run.stage = StepStage::stepping;
  const MonoTime not_after = world_.reactor.now() + kStepWithin;
  run.limit.start(not_after + kAnswerWithin, [this] {
    give_up(Ending::timed_out, "the core has not answered, and makes no step any more");
  });
  const std::weak_ptr<const bool> alive = alive_;
  const std::uint64_t id = run.intent.id;
  world_.clock.step(run.size, not_after, [this, alive, id](const Result<StepMade>& made) {
    if (alive.expired() || run_ == nullptr || run_->intent.id != id) return;
    if (run_->stage == StepStage::stepping) on_made(made);
  });
}

void PlannedStep::on_made(const Result<StepMade>& made) {
  Run& run = *run_;
  if (!made) {
    const bool refused = made.error().code() == ErrorCode::invalid;
    return give_up(refused ? Ending::refused : Ending::failed, made.error().describe());
  }
  run.made = *made;
  begin_after();
}

// The slewing has never stopped: nothing else is to be done about the clock.
void PlannedStep::give_up(Ending ending, const std::string& why) {
  run_->given_up = ending;
  run_->why = why;
  begin_after();
}

using rules::Ending;
using rules::Link;
using rules::StepStage;
using rules::Verb;

namespace {

bool is_notification(const Link& link) { return rules::is_notification(link.action); }

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
  if (result.worked() && is_notification(link)) return;
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
      std::ranges::any_of(hook.plan.after, [](const Link& each) { return !is_notification(each); });
  if (is_notification(link)) return others_act && !hook.failure ? "there is nothing to tell" : "";
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

using rules::Ending;

namespace {

constexpr Nanos kPayAgainAfter = std::chrono::seconds(10);

rules::Action as_action(const OwedAction& owed) {
  if (!owed.argv.empty()) return rules::RunAction{owed.argv, owed.user, owed.environment};
  const auto verb = std::ranges::find_if(
      rules::kVerbs, [&](rules::Verb each) { return rules::to_string(each) == owed.verb; });
  return rules::ServiceAction{*verb, owed.unit};
}

}  // namespace

void PlannedStep::look_at_book() {
  auto list = world_.owed.read();
  owed_problem_ = list ? "" : list.error().describe();
  if (list && !list->damaged.empty())
    owed_problem_ = std::to_string(list->damaged.size()) + " lines say nothing, the first is '" +
                    list->damaged.front() + "'";
  if (list) owed_ = std::move(*list);
  if (owed_.actions.empty() && owed_problem_.empty()) return;
  // A problem may go away, and others pay as well.
  retry_.start(world_.reactor.now() + kPayAgainAfter, [this] { pay_former(); });
}

void PlannedStep::recover() {
  if (const auto kept = world_.owed.keep(); !kept)
    world_.complain("whoever pays in slewd's place will not see when it is gone: " +
                    kept.error().describe());
  look_at_book();
  if (!owed_problem_.empty()) world_.complain("what is owed cannot be read: " + owed_problem_);
  if (owed_.actions.empty()) return;
  rules::Intent intent;
  intent.id = world_.ledger.next_id();
  intent.rule = kPlannedStepRule;
  intent.dry_run = false;
  intent.evidence = "a former slewd has ended in the middle of a planned step";
  intent.decided = world_.reactor.now();
  for (const OwedAction& owed : owed_.actions) {
    intent.links.emplace_back();
    intent.links.back().action = as_action(owed);
  }
  // With or without a record: a service may be down.
  (void)world_.ledger.append(intent, world_.reactor.now(), world_.reactor.boot(),
                             world_.reactor.wall());
  world_.complain("a former slewd has ended in the middle of a planned step; '" +
                  owed_.actions.front().what + "' is owed and done now");
  recovery_ = std::move(intent);
  retry_.stop();
  pay_former();
}

// Of this run of slewd nothing is owed but by the step under way, and then this is not called.
void PlannedStep::pay_former() {
  if (run_ != nullptr || world_.payer.busy())
    return retry_.start(world_.reactor.now() + kPayAgainAfter, [this] { pay_former(); });
  const std::weak_ptr<const bool> alive = alive_;
  world_.payer.pay([](const OwedAction&) { return true; },
                   [this, alive](const Result<std::vector<OwedPayer::Payment>>& paid) {
                     if (!alive.expired()) on_former_paid(paid);
                   });
}

void PlannedStep::on_former_paid(const Result<std::vector<OwedPayer::Payment>>& paid) {
  std::string story;
  bool all = paid.has_value();
  if (!paid) story = paid.error().describe();
  if (paid)
    for (const OwedPayer::Payment& payment : *paid) {
      story += (story.empty() ? "" : "; ") + payment.owed.what + ": " + payment.detail;
      all = all && payment.paid;
    }
  const bool owed_before = !owed_.actions.empty();
  look_at_book();
  if (recovery_) {
    const rules::Intent intent = std::move(*recovery_);
    recovery_.reset();
    settle(intent, all ? Ending::done : Ending::failed, "pay what is owed",
           story.empty() ? "somebody else has paid it" : story);
  } else if (owed_before && all && !story.empty()) {
    world_.complain("what was owed is done: " + story);
  }
  if (!all) world_.complain("owed and not paid yet: " + story + "; it is tried again");
}

}  // namespace slewd::remedy
