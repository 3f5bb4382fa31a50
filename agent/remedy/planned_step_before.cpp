// A planned step up to the moment of the step: every rule's links in order, each stop with its
// start owed and the dead-man armed before it.
#include <algorithm>
#include <utility>
#include <variant>

#include "agent/remedy/planned_step.hpp"
#include "base/duration.hpp"

namespace slewd::remedy {

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
    owed->due = world_.reactor.boot() + link.deadman;
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

}  // namespace slewd::remedy
