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
  std::vector<std::string> actions;
  for (const rules::Link& link : links) actions.push_back(rules::describe(link.action));
  return actions;
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
  // Without an announcement to the rules nothing is recorded.
  if (dry || plan.size == Nanos{0}) return answer;
  // A refused step is no decision of any rule: it uses no cool-down and no budget.
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
  // No announcement to the rules of a step that the core would refuse.
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
  if (recovery_ || !pending_.actions.empty() || world_.undo_runner.busy())
    return "services of an earlier step are still stopped: " +
           (pending_.actions.empty() ? std::string("the last undo is in progress")
                                     : pending_.actions.front().what);
  for (const StepHooks& hooks : plan.hooks)
    if (!hooks.dry_run && world_.busy(intent_of(hooks, world_.reactor.now())))
      return "another action is in progress on a target of rule '" + hooks.rule + "'";
  return {};
}

// Everything is recorded on disk before the first action. Answers why it is not.
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
  return "cannot write the ledger, and no action runs without a record: " + problem;
}

void PlannedStep::refuse(const StepPlan& plan, const Intent& own, const std::string& why) {
  for (const StepHooks& hooks : plan.hooks)
    settle(intent_of(hooks, own.decided), Ending::refused, joined(described(hooks.before), ", "),
           why);
  ++endings_[static_cast<std::size_t>(Ending::refused)];
  settle(own, Ending::refused, "step", why);
}

void PlannedStep::start(StepPlan plan, Intent own, const std::string& reason, OnEnd ended) {
  run_ = std::make_unique<Run>(world_.reactor, world_.probes);
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
             joined(described(hooks.before), ", "), "shadow mode: not executed");
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
  if (!run->left_stopped.empty())
    world_.report_error("still stopped: " + joined(run->left_stopped, ", ") + "; retrying");
  read_undo_log();
}

void PlannedStep::finish_hook(const Run& run, const Hook& hook) {
  const Ending worked = hook.verified ? Ending::verified : Ending::done;
  const Ending ending = !hook.begun ? Ending::refused : hook.failure.value_or(worked);
  const std::string& action =
      hook.action.empty() ? joined(described(hook.plan.before), ", ") : hook.action;
  settle(intent_of(hook.plan, run.intent.decided), ending, action,
         hook.begun ? hook.story : "the step was cancelled before this rule");
}

Ending PlannedStep::ending_of(const Run& run) const {
  if (run.given_up) return *run.given_up;
  const Nanos allowed = std::max(magnitude(run.made->stepped) / kLeftShare, kLeftAtMost);
  const bool right = magnitude(run.made->left) <= allowed;
  return right && run.left_stopped.empty() ? Ending::verified : Ending::failed;
}

std::string PlannedStep::story_of(const Run& run) const {
  std::string story = run.made
                          ? "the clock was set by " + format_rounded(run.made->stepped) +
                                " and is off by " + format_rounded(run.made->left) + " after it"
                          : "not stepped, the error is slewed instead: " + run.why;
  if (run.away && run.back)
    story += "; services were stopped for " + format_rounded(*run.back - *run.away);
  if (!run.left_stopped.empty()) story += "; still stopped: " + joined(run.left_stopped, ", ");
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
  for (const Delivery& delivery : std::exchange(undelivered_, {})) {
    if (delivery.ended) delivery.ended(delivery.outcome);
    world_.on_outcome(delivery.outcome);
  }
}

rules::StepView PlannedStep::view() const {
  rules::StepView view;
  view.endings = endings_;
  view.undo_log_problem = undo_log_problem_;
  for (const PendingUndo& pending : pending_.actions)
    view.pending_undos.push_back(pending.what + " (rule " + pending.rule + ")");
  if (run_ == nullptr) return view;
  view.stage = run_->stage;
  view.id = run_->intent.id;
  view.size = run_->size;
  view.reason = run_->reason;
  view.since = run_->intent.decided;
  for (const Undo& undo : run_->undos)
    if (!undo.settled)
      view.pending_undos.push_back(undo.entry.what + " (rule " + undo.entry.rule + ")");
  return view;
}

using rules::Ending;
using rules::Link;
using rules::StepStage;
using namespace std::chrono_literals;

namespace {

// How long after the request the core may make the step, and how much longer its answer may take.
constexpr Nanos kStepWithin = 1s;
constexpr Nanos kAnswerWithin = 2s;
// Services that the fallback timer starts must not run while the clock is set.
constexpr Nanos kFallbackMargin = kStepWithin + kAnswerWithin;

const rules::ServiceAction* stop_of(const Link& link) {
  const auto* service = std::get_if<rules::ServiceAction>(&link.action);
  return service != nullptr && service->verb == rules::Verb::stop ? service : nullptr;
}

// The timeout of this action in the rule's links after the step.
Nanos longest_timeout(const std::vector<Link>& after, const rules::Action& action) {
  Nanos longest{0};
  for (const Link& link : after)
    if (rules::describe(link.action) == rules::describe(action))
      longest = std::max(longest, link.timeout);
  return longest;
}

// The undo of the link: as the rule says, or the start of the stopped target.
std::optional<rules::Action> undo_of(const Link& link) {
  if (link.undo) return link.undo;
  const auto* stop = stop_of(link);
  if (stop == nullptr) return std::nullopt;
  return rules::ServiceAction{rules::Verb::start, stop->target};
}

}  // namespace

// Not from within the caller: an actuator may report at once.
void PlannedStep::continue_with(void (PlannedStep::*next)()) {
  run_->turn.start(world_.reactor.now(), [this, next] { (this->*next)(); });
}

// The shortest deadline of a rule holds for all hooks together.
void PlannedStep::bound_hooks() {
  Run& run = *run_;
  Nanos longest = Nanos::max();
  for (const Hook& hook : run.hooks) longest = std::min(longest, hook.plan.deadline.hooks);
  if (run.hooks.empty()) return;
  const MonoTime start = run.intent.decided;
  // In any case the step is made before the fallback timer acts.
  const MonoTime end = std::min(start + longest, world_.reactor.now() + until_fallback());
  run.limit.start(end, [this] { on_hooks_late(); });
}

void PlannedStep::on_hooks_late() {
  Run& run = *run_;
  if (run.runner.busy()) {
    run.runner.abandon();
    Hook& hook = run.hooks[run.hook];
    note_result(hook, hook.plan.before[run.link],
                {{Ending::timed_out, "ended at the deadline of the hooks"}});
  }
  run.turn.stop();
  const bool step_anyway = std::ranges::all_of(run.hooks, [](const Hook& hook) {
    return hook.plan.deadline.on_expiry == rules::StepExpiry::step;
  });
  if (step_anyway && until_fallback() > Nanos{0}) return ask_core();
  give_up(Ending::timed_out, "the hooks missed their deadline (" +
                                 format_rounded(world_.reactor.now() - run.intent.decided) + ")");
}

// How much time is left to request the step.
Nanos PlannedStep::until_fallback() const {
  Nanos left = std::chrono::hours(24);
  for (const Undo& undo : run_->undos)
    left = std::min(left, undo.entry.due - world_.reactor.boot() - kFallbackMargin);
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
      append_item(why,
                  probe.name + ": " + std::string(rules::to_string(probe.state)) +
                      (probe.detail.empty() ? "" : ", " + probe.detail),
                  "; ");
  return why.empty() ? "no state from systemd, and no probe of it runs" : why;
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
      note(hook, "unknown whether " + stop->target + " is active");
      return give_up(Ending::refused,
                     "unknown whether " + stop->target + " is active (" +
                         why_not_known(stop->target) +
                         "), and only an active service may be stopped and started again");
    }
    if (!*active) {
      note(hook, stop->target + " was not active: not stopped");
      return advance();
    }
  }
  const auto undo = undo_of(link);
  if (!undo) return act_before();
  if (!record_undo(hook, link, *undo)) return;
  if (run_->armed) return act_before();
  arm();
}

bool PlannedStep::record_undo(const Hook& hook, const Link& link, const rules::Action& undo) {
  Run& run = *run_;
  Result<PendingUndo> pending = pending_undo_for(undo, run.targets);
  if (pending) {
    pending->step = run.intent.id;
    pending->rule = hook.plan.rule;
    pending->boot_id = world_.boot_id;
    pending->due = world_.reactor.boot() + link.fallback_timer;
    pending->timeout = std::max(pending->timeout, longest_timeout(hook.plan.after, undo));
    pending = world_.undo_log.add(std::move(*pending));
  }
  if (!pending) {
    give_up(Ending::failed, "cannot record the undo '" + rules::describe(undo) +
                                "': " + pending.error().describe());
    return false;
  }
  run.undos.push_back({std::move(*pending), undo, run.hook, false, false});
  bound_hooks();
  return true;
}

void PlannedStep::arm() {
  const std::weak_ptr<const bool> alive = alive_;
  const std::uint64_t id = run_->intent.id;
  world_.fallback_timer.arm([this, alive, id](const Result<void>& armed) {
    if (alive.expired() || run_ == nullptr || run_->intent.id != id) return;
    if (run_->stage != StepStage::before) return;
    if (!armed) {
      run_->turn.start(world_.reactor.now(), [this, why = armed.error().describe()] {
        give_up(Ending::failed, "no service is stopped without a fallback timer: " + why);
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
  for (Undo& undo : run.undos) undo.begun = true;
  if (stop_of(link) != nullptr && !run.away) run.away = world_.reactor.now();
  begin_link(hook, link, &PlannedStep::on_before);
}

void PlannedStep::begin_link(const Hook& hook, const Link& link,
                             void (PlannedStep::*ended)(const LinkResult&)) {
  world_.tally.begin(hook.plan.rule, rules::describe(link.action));
  run_->runner.run({world_.actuator(link.action), hook.plan.id, link,
                    rules::probes_touched_by(link.action, run_->targets)},
                   [this, ended](const LinkResult& result) { (this->*ended)(result); });
}

void PlannedStep::on_before(const LinkResult& result) {
  Run& run = *run_;
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
  if (until_fallback() <= Nanos{0})
    return give_up(Ending::timed_out, "the fallback timer is about to start the stopped services");
  run.stage = StepStage::stepping;
  const MonoTime not_after = world_.reactor.now() + kStepWithin;
  run.limit.start(not_after + kAnswerWithin, [this] {
    give_up(Ending::timed_out, "no answer from the core; it makes no step any more");
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

// The slew has gone on all the time: nothing else is needed for the clock.
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

bool notifies(const Link& link) { return rules::is_notification(link.action); }

}  // namespace

void PlannedStep::note(Hook& hook, const std::string& what) { append_item(hook.story, what, "; "); }

void PlannedStep::note_result(Hook& hook, const Link& link, const LinkResult& result) {
  const std::string action = rules::describe(link.action);
  world_.tally.end(hook.plan.rule, action, result.ending, world_.reactor.now(),
                   world_.reactor.wall());
  note(hook, action + ": " + result.detail);
  if (result.ending == Ending::verified) hook.verified = true;
  if (result.worked() && hook.failure) return;
  if (result.worked() && notifies(link)) return;
  hook.action = action;
  if (!result.worked()) hook.failure = result.ending;
}

void PlannedStep::begin_after() {
  Run& run = *run_;
  run.limit.stop();
  run.turn.stop();
  run.stage = StepStage::after;
  run.hook = run.hooks.size();
  run.link = 0;
  continue_with(&PlannedStep::next_after);
}

// In reverse order of the stops.
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
    note(hook, rules::describe(link.action) + ": skipped, " + why_not);
    ++run.link;
  }
  run_undos();
}

std::string PlannedStep::reason_to_skip(const Hook& hook, const Link& link) const {
  // A notification at the end of a chain is for the case that the chain has failed.
  const bool others_act =
      std::ranges::any_of(hook.plan.after, [](const Link& each) { return !notifies(each); });
  if (notifies(link)) return others_act && !hook.failure ? "the links before it worked" : "";
  const auto* service = std::get_if<rules::ServiceAction>(&link.action);
  if (service == nullptr || undo_done_by(link.action) != nullptr) return {};
  if (service->verb == Verb::start) return service->target + " was not stopped by this step";
  const auto active = run_->was_active.find(service->target);
  if (active == run_->was_active.end()) return "no target is named '" + service->target + "'";
  if (active->second != true) return service->target + " is not known to have been active";
  const rules::ServiceAction start{Verb::start, service->target};
  if (undo_done_by(start) != nullptr) return service->target + " is still stopped";
  return {};
}

// The pending undo that this action would do as well.
PlannedStep::Undo* PlannedStep::undo_done_by(const rules::Action& action) const {
  const auto wanted = pending_undo_for(action, run_->targets);
  if (!wanted) return nullptr;
  const auto found = std::ranges::find_if(run_->undos, [&](const Undo& undo) {
    return undo.begun && !undo.settled && undo.entry.argv == wanted->argv &&
           undo.entry.verb == wanted->verb && undo.entry.unit == wanted->unit;
  });
  return found == run_->undos.end() ? nullptr : &*found;
}

void PlannedStep::act_after(const Link& link) {
  begin_link(run_->hooks[run_->hook - 1], link, &PlannedStep::on_after);
}

void PlannedStep::on_after(const LinkResult& result) {
  Run& run = *run_;
  Hook& hook = run.hooks[run.hook - 1];
  const Link& link = hook.plan.after[run.link];
  note_result(hook, link, result);
  // Two rules may have stopped one service.
  if (result.acted)
    while (Undo* undo = undo_done_by(link.action)) settle_undo(*undo);
  if (!result.worked() && link.on_fail != rules::OnFail::next) hook.after_ended = true;
  ++run.link;
  continue_with(&PlannedStep::next_after);
}

// If the undo log cannot be written now, run_undos() executes the undo again: that is harmless.
void PlannedStep::settle_undo(Undo& undo) {
  undo.settled = true;
  run_->back = world_.reactor.now();
  (void)world_.undo_log.remove(undo.entry);
}

void PlannedStep::run_undos() {
  Run& run = *run_;
  // Without a stop no start is needed.
  for (Undo& undo : run.undos)
    if (!undo.begun) {
      undo.settled = true;
      (void)world_.undo_log.remove(undo.entry);
    }
  const std::weak_ptr<const bool> alive = alive_;
  world_.undo_runner.run(
      [id = run.intent.id](const PendingUndo& pending) { return pending.step == id; },
      [this, alive](const Result<std::vector<UndoRunner::Attempt>>& ended) {
        if (!alive.expired()) on_undos_run(ended);
      });
}

void PlannedStep::on_undos_run(const Result<std::vector<UndoRunner::Attempt>>& ended) {
  Run& run = *run_;
  if (!ended) {
    // Undos that were done before the log failed are settled; the others are listed.
    for (const Undo& undo : run.undos)
      if (!undo.settled) run.left_stopped.push_back(undo.entry.what);
    run.left_stopped.push_back("those of the undo log (" + ended.error().describe() + ")");
    return finish();
  }
  for (const UndoRunner::Attempt& attempt : *ended) {
    const auto undo = std::ranges::find(run.undos, attempt.undo, &Undo::entry);
    if (undo == run.undos.end()) continue;
    note(run.hooks[undo->hook], attempt.undo.what + ": " + attempt.detail);
    for (const std::string& probe : rules::probes_touched_by(undo->action, run.targets))
      world_.probes.restart_clock(probe, attempt.undo.what);
    if (attempt.done)
      run.back = world_.reactor.now();
    else if (!undo->settled)
      run.left_stopped.push_back(attempt.undo.what);
  }
  finish();
}

using rules::Ending;

namespace {

constexpr Nanos kRetryAfter = std::chrono::seconds(10);

rules::Action as_action(const PendingUndo& pending) {
  if (!pending.argv.empty())
    return rules::RunAction{pending.argv, pending.user, pending.environment};
  const auto verb = std::ranges::find_if(
      rules::kVerbs, [&](rules::Verb each) { return rules::to_string(each) == pending.verb; });
  return rules::ServiceAction{*verb, pending.unit};
}

}  // namespace

void PlannedStep::read_undo_log() {
  auto list = world_.undo_log.read();
  undo_log_problem_ = list ? "" : list.error().describe();
  if (list && !list->damaged.empty())
    undo_log_problem_ = std::to_string(list->damaged.size()) + " damaged lines, the first is '" +
                        list->damaged.front() + "'";
  if (list) pending_ = std::move(*list);
  if (pending_.actions.empty() && undo_log_problem_.empty()) return;
  // A problem may go away, and the fallback timer runs as well.
  retry_.start(world_.reactor.now() + kRetryAfter, [this] { run_former_undos(); });
}

void PlannedStep::recover() {
  if (const auto locked = world_.undo_log.hold_keeper_lock(); !locked)
    world_.report_error(
        "cannot take the keeper lock; the fallback timer will not notice if slewd exits: " +
        locked.error().describe());
  read_undo_log();
  if (!undo_log_problem_.empty())
    world_.report_error("cannot read the undo log: " + undo_log_problem_);
  if (pending_.actions.empty()) return;
  rules::Intent intent;
  intent.id = world_.ledger.next_id();
  intent.rule = kPlannedStepRule;
  intent.dry_run = false;
  intent.evidence = "previous slewd exited during a planned step";
  intent.decided = world_.reactor.now();
  for (const PendingUndo& pending : pending_.actions) {
    intent.links.emplace_back();
    intent.links.back().action = as_action(pending);
  }
  // With or without a record: a service may be down.
  (void)world_.ledger.append(intent, world_.reactor.now(), world_.reactor.boot(),
                             world_.reactor.wall());
  world_.report_error("previous slewd exited during a planned step; running '" +
                      pending_.actions.front().what + "' now");
  recovery_ = std::move(intent);
  retry_.stop();
  run_former_undos();
}

// Not called during a step, so that all undos in the log are of earlier ones.
void PlannedStep::run_former_undos() {
  if (run_ != nullptr || world_.undo_runner.busy())
    return retry_.start(world_.reactor.now() + kRetryAfter, [this] { run_former_undos(); });
  const std::weak_ptr<const bool> alive = alive_;
  world_.undo_runner.run([](const PendingUndo&) { return true; },
                         [this, alive](const Result<std::vector<UndoRunner::Attempt>>& ended) {
                           if (!alive.expired()) on_former_undos_run(ended);
                         });
}

void PlannedStep::on_former_undos_run(const Result<std::vector<UndoRunner::Attempt>>& ended) {
  std::string story;
  bool all = ended.has_value();
  if (!ended) story = ended.error().describe();
  if (ended)
    for (const UndoRunner::Attempt& attempt : *ended) {
      append_item(story, attempt.undo.what + ": " + attempt.detail, "; ");
      all = all && attempt.done;
    }
  const bool any_before = !pending_.actions.empty();
  read_undo_log();
  if (recovery_) {
    const rules::Intent intent = std::move(*recovery_);
    recovery_.reset();
    settle(intent, all ? Ending::done : Ending::failed, "run pending undos",
           story.empty() ? "done by the fallback timer" : story);
  } else if (any_before && all && !story.empty()) {
    world_.report_error("all services restarted: " + story);
  }
  if (!all) world_.report_error("still stopped: " + story + "; retrying");
}

}  // namespace slewd::remedy
