#include "agent/remedy/planned_step.hpp"

#include <algorithm>
#include <utility>

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
  view.owed_problem = owed_problem_;
  for (const OwedAction& owed : owed_.actions)
    view.owed.push_back(owed.what + " (rule " + owed.rule + ")");
  if (run_ == nullptr) return view;
  view.stage = run_->stage;
  view.id = run_->intent.id;
  view.size = run_->size;
  view.reason = run_->reason;
  view.since = run_->intent.decided;
  for (const Debt& debt : run_->debts)
    if (!debt.settled) view.owed.push_back(debt.entry.what + " (rule " + debt.entry.rule + ")");
  return view;
}

}  // namespace slewd::remedy
