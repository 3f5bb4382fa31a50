// SPDX-License-Identifier: Apache-2.0
#include "agent/app/agent.hpp"

#include <algorithm>
#include <cstddef>
#include <future>
#include <utility>

#include "agent/app/facts.hpp"
#include "agent/app/pause_file.hpp"
#include "agent/app/was_active.hpp"
#include "agent/os/machine/boot_id.hpp"
#include "base/duration.hpp"
#include "base/limits.hpp"
#include "base/quiet_thread.hpp"
#include "rules/engine/presence.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kIdleLook = 1s;
constexpr Nanos kAlertFor = 10min;   // how long a failed probe keeps the loop at kAlertLook
constexpr Nanos kAlertLook = 100ms;  // while a rule's `for` is running or a probe fails

std::string known_boot() {
  const std::string boot = boot_id();
  return boot.empty() ? "unknown" : boot;
}

records::Ledger open_ledger(const std::string& directory, const std::string& boot) {
  if (directory.empty()) return records::Ledger::in_memory();
  return records::Ledger::open(directory + "/actions.jsonl", boot);
}

std::string file_in(const std::string& directory, const char* name) {
  return directory.empty() ? std::string() : directory + "/" + name;
}

using Outcomes = std::deque<rules::Outcome>;

// Actions of former runs, then those of rules and planned steps in the order of their ends.
std::vector<rules::Outcome> in_order(const Outcomes& former, const Outcomes& of_rules,
                                     const Outcomes& of_steps) {
  std::vector<rules::Outcome> recent(former.begin(), former.end());
  recent.insert(recent.end(), of_rules.begin(), of_rules.end());
  recent.insert(recent.end(), of_steps.begin(), of_steps.end());
  std::ranges::stable_sort(recent.begin() + std::ssize(former), recent.end(), {},
                           &rules::Outcome::ended);
  if (recent.size() > limits::kActionRing)
    recent.erase(recent.begin(), recent.end() - std::ptrdiff_t{limits::kActionRing});
  return recent;
}

constexpr Nanos kAnswerToPause = std::chrono::seconds(5);  // for a worker of the exporter

using namespace std::chrono_literals;

constexpr Nanos kAnswerWithin = 5s;  // of the agent's thread, for a worker of the exporter

}  // namespace

Agent::Agent(World world, rules::RuleFile rules, const std::string& state_directory)
    : world_(world),
      state_directory_(state_directory),
      boot_id_(known_boot()),
      loop_(world.clock),
      ledger_(records::Ledger::in_memory()),
      engine_(std::move(rules)),
      decisions_(file_in(state_directory_, "decisions.jsonl")),
      processes_(loop_),
      core_(world.core),
      judge_([this](Nanos at_most) { hold_rules(at_most); },
             [this](std::uint64_t, const remedy::Actuator::Done& done) {
               if (steps_ == nullptr)
                 return done({rules::Ending::refused, "planned steps are not available here"});
               // After the other decisions of this round: the step takes the next ids.
               if (!loop_.post([this, done] { steps_->ask_for_rule(done); }))
                 done({rules::Ending::failed, "the agent is busy"});
             }),
      notices_([this](const std::string& text) {
        world_.log.write(LogLevel::warning, "rule notice", {{"text", text}});
      }),
      observers_(loop_, world_.log,
                 {state_directory_, boot_id_,
                  [this](const rules::Expression& condition) { return truth_of(condition); },
                  [this] { judge_soon(); }}),
      services_(processes_, observers_.units()),
      cluster_(loop_, world_.log,
               {state_directory_, boot_id_,
                [this] {
                  const auto snapshot = world_.snapshots.latest();
                  return snapshot ? facts_of(*snapshot, world_.clock.now(), {}).true_time
                                  : std::nullopt;
                }}),
      dispatcher_(
          loop_, ledger_,
          {.service = services_,
           .run = processes_,
           .core = core_,
           .engine = judge_,
           .notify = notices_,
           .webhook = cluster_.webhooks(),
           .node = cluster_.node(),
           .node_name = cluster_.node_name()},
          observers_.probes(), [this](const rules::Outcome& outcome) { on_outcome(outcome); },
          {.confirm =
               [this](const std::string& lock, std::function<void(bool, std::string)> done) {
                 cluster_.confirm(lock, std::move(done));
               },
           .confirm_again =
               [this](const std::string& lock, std::function<void(bool, std::string)> done) {
                 cluster_.confirm_again(lock, std::move(done));
               },
           .finished = [this](const std::string& lock) { cluster_.finished(lock); }}),
      next_look_(loop_),
      bounds_(loop_, world_.log, world_.clock, world_.snapshots, world_.time_bound) {
  thread_ = start_quiet_thread("slewd-agent", [this] {
    begin();
    loop_.run();
  });
}

// On the agent's own thread: records can be long, and the core and HTTP must not wait for them.
void Agent::begin() {
  bounds_.start();
  ledger_ = open_ledger(state_directory_, boot_id_);
  if (const auto& problem = ledger_.problem())
    world_.log.write(LogLevel::error, "action ledger unusable; rules will not act",
                     {{"error", problem->describe()}});
  rules::PastDecisions past;
  past.last_id = ledger_.next_id() - 1;
  for (const auto& former : ledger_.former_decisions())
    past.decisions.push_back({former.rule, former.decided, former.dry_run, former.clears,
                              former.ending, former.ended, former.undo});
  past.now = loop_.now();
  engine_.restore(past);
  restore_pause();
  configure();
  open_step_service();
  judge_soon();
}

Agent::~Agent() { stop(); }

void Agent::stop() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

void Agent::configure() {
  const rules::RuleFile& file = engine_.file();
  processes_.set_targets(file.targets);
  services_.set_targets(file.targets);
  observers_.configure(file);
  cluster_.configure(file);
  dispatcher_.configure(file.targets, file.rules);
}

void Agent::nudge() {
  // A full mailbox loses nothing: the rules are evaluated at least once a second.
  (void)loop_.post([this] { judge_soon(); });
}

void Agent::probe_now() {
  (void)loop_.post([this] {
    observers_.watch_closely();
    for (const rules::ProbeView& probe : observers_.probes().views())
      observers_.probes().run_now(probe.name, [](const remedy::ProbeResult&) {});
    judge_soon();
  });
}

Result<void> Agent::replace(rules::RuleFile rules) {
  const bool taken = loop_.post([this, rules = std::move(rules)]() mutable {
    engine_.replace(std::move(rules));
    for (const std::string& rule : engine_.left_undone())
      world_.log.write(LogLevel::warning, "changes made by a rule are kept until it may act again",
                       {{"rule", rule},
                        {"help", "see the rule's on_clear actions; run them by hand if needed"}});
    configure();
    judge_soon();
  });
  if (!taken) return fail(ErrorCode::unavailable, "the agent is busy; try again");
  return {};
}

void Agent::show_refused(std::vector<std::string> files) {
  (void)loop_.post([this, files = std::move(files)]() mutable {
    refused_files_ = std::move(files);
    judge_soon();
  });
}

void Agent::judge_soon() {
  bounds_.update();
  next_look_.start(loop_.now(), [this] { judge(); });
}

void Agent::judge() {
  const MonoTime now = loop_.now();
  engine_.skip_ids_to(ledger_.next_id() - 1);
  // Services may be stopped on purpose and the clock is about to move: do not evaluate rules.
  const bool stepping = steps_ != nullptr && steps_->under_way();
  const bool was_paused = engine_.paused().has_value();
  if (const auto snapshot = world_.snapshots.latest(); snapshot != nullptr && !stepping) {
    for (rules::Intent& intent : engine_.evaluate(now, facts(*snapshot))) {
      world_.log.write(intent.dry_run ? LogLevel::info : LogLevel::warning, "rule acts",
                       {{"rule", intent.rule},
                        {"intent", std::to_string(intent.id)},
                        {"dry_run", intent.dry_run ? "true" : "false"},
                        {"evidence", intent.evidence}});
      dispatcher_.begin(std::move(intent));
    }
  }
  if (was_paused && !engine_.paused()) {
    world_.log.write(LogLevel::info, "rules resumed", {{"reason", "pause expired"}});
    (void)keep_pause();
  }
  update_cluster();
  log_verdict();
  publish(now);
  record_decisions();
  record_jumps(now);
  next_look_.start(now + until_next_look(now), [this] { judge(); });
}

// Logs each change of the level.
void Agent::log_verdict() {
  const auto snapshot = world_.snapshots.latest();
  if (snapshot == nullptr) return;
  const exporter::Verdict verdict = exporter::judge(*snapshot, world_.clock.now());
  if (logged_verdict_ == verdict.level) return;
  logged_verdict_ = verdict.level;
  const bool calm =
      verdict.level == exporter::Level::ok || verdict.level == exporter::Level::unknown;
  world_.log.write(calm ? LogLevel::info : LogLevel::warning, "verdict",
                   {{"level", std::string(to_string(verdict.level))}, {"text", verdict.text}});
}

// The value of a metric probe's condition, from the clock's facts only.
rules::Value Agent::truth_of(const rules::Expression& condition) const {
  const auto snapshot = world_.snapshots.latest();
  if (snapshot == nullptr) return {};
  rules::WindowMemory windows;
  return rules::evaluate(condition, facts_of(*snapshot, world_.clock.now(), {}), loop_.now(), {},
                         windows)
      .truth();
}

// Last: actions must not wait for a disk.
void Agent::record_jumps(MonoTime now) {
  if (world_.jumps == nullptr) return;
  if (const auto snapshot = world_.snapshots.latest()) world_.jumps->sync(snapshot->jumps, now);
}

rules::Facts Agent::facts(const core::Snapshot& snapshot) const {
  Observations seen = observers_.observe();
  seen.fleet = cluster_.slots();
  seen.storm = cluster_.storm();
  if (!cluster_.no_node().empty())
    seen.absent.merge(rules::without_node(engine_.file(), cluster_.no_node()));
  for (const rules::Rule& rule : engine_.file().rules)
    if (std::string busy = dispatcher_.busy_with(rule); !busy.empty())
      seen.busy[rule.name] = std::move(busy);
  return facts_of(snapshot, world_.clock.now(), std::move(seen));
}

// After the rules were evaluated: a lock is requested only while all earlier gates are open.
void Agent::update_cluster() {
  const auto snapshot = world_.snapshots.latest();
  if (snapshot == nullptr) return;
  const core::ClockView clock = core::clock_at(*snapshot, world_.clock.now());
  cluster_.look(engine_.wanted_locks(), engine_.waits_for_others(),
                {clock.offset, clock.synchronized});
}

void Agent::record_decisions() {
  const auto decisions = engine_.take_decisions();
  if (decisions.empty()) return;
  const bool worked = !decisions_.problem();
  decisions_.append(decisions, {boot_id_, loop_.now(), loop_.boot(), loop_.wall()});
  if (const auto& problem = decisions_.problem(); problem && worked)
    world_.log.write(LogLevel::warning, "cannot record decisions",
                     {{"error", problem->describe()}});
}

void Agent::hold_rules(Nanos at_most) {
  engine_.hold_rules(loop_.now() + at_most, "held until the clock is synchronized");
}

Nanos Agent::until_next_look(MonoTime now) const {
  const auto rule_views = engine_.views(now);
  const auto probe_views = observers_.probes().views();
  const bool pending = std::ranges::any_of(rule_views, [](const rules::RuleView& view) {
    return view.state == rules::RuleState::pending;
  });
  const bool failing = std::ranges::any_of(probe_views, [&](const rules::ProbeView& view) {
    // A probe that has never passed most likely checks a service that is not installed.
    return view.state == rules::ProbeState::failed && view.failures < view.runs &&
           now - view.since < kAlertFor;
  });
  return pending || failing ? kAlertLook : kIdleLook;
}

void Agent::on_outcome(const rules::Outcome& outcome) {
  const bool good = outcome.ending == rules::Ending::verified ||
                    outcome.ending == rules::Ending::done ||
                    outcome.ending == rules::Ending::would_do;
  world_.log.write(good ? LogLevel::info : LogLevel::error, "action finished",
                   {{"rule", outcome.rule},
                    {"intent", std::to_string(outcome.intent)},
                    {"action", outcome.action},
                    {"ending", std::string(to_string(outcome.ending))},
                    {"took", format_rounded(outcome.took)},
                    {"detail", outcome.detail}});
  engine_.on_outcome(outcome);
  judge_soon();
}

void Agent::publish(MonoTime now) {
  auto status = std::make_shared<rules::Status>();
  status->generation = ++generation_;
  status->at = now;
  if (const auto& pause = engine_.paused(); pause) {
    status->paused = true;
    status->paused_reason = pause->reason;
    if (pause->until) status->paused_left = *pause->until - now;
  }
  status->rules = engine_.views(now);
  for (rules::RuleView& view : status->rules) view.actions = dispatcher_.counters(view.name);
  status->probes = observers_.probes().views();
  status->recent = in_order(ledger_.former_outcomes(), dispatcher_.recent(),
                            steps_ != nullptr ? steps_->recent() : Outcomes{});
  status->fleet = cluster_.view();
  status->refused_files = refused_files_;
  if (steps_ != nullptr) status->step = steps_->view();
  status->decisions_lost = decisions_.lost() + engine_.dropped_decisions();
  status->action_ledger_failing = ledger_.problem().has_value();
  if (world_.jumps != nullptr) status->jump_ledger = world_.jumps->view();
  world_.statuses.publish(std::move(status));
}

Result<std::string> Agent::ask_agent(std::function<std::string()> work) {
  const auto answer = std::make_shared<std::promise<std::string>>();
  std::future<std::string> coming = answer->get_future();
  const bool taken = loop_.post([answer, work = std::move(work)] { answer->set_value(work()); });
  if (!taken) return fail(ErrorCode::unavailable, "the agent is busy; try again");
  if (coming.wait_for(kAnswerToPause) != std::future_status::ready)
    return fail(ErrorCode::unavailable, "the agent is busy; the command will run later");
  return coming.get();
}

Result<std::string> Agent::pause(std::string reason, std::optional<Nanos> duration) {
  return ask_agent([this, reason = std::move(reason), duration] {
    std::optional<MonoTime> until;
    if (duration) until = loop_.now() + *duration;
    engine_.pause({reason, until});
    world_.log.write(LogLevel::warning, "rules paused",
                     {{"reason", reason}, {"for", duration ? format(*duration) : "unlimited"}});
    judge_soon();
    return keep_pause();
  });
}

Result<std::string> Agent::resume() {
  return ask_agent([this] {
    engine_.resume();
    world_.log.write(LogLevel::info, "rules resumed");
    judge_soon();
    return keep_pause();
  });
}

// Saves the pause, so that a restart does not end it. Returns what a restart will do instead, if
// that fails.
std::string Agent::keep_pause() {
  if (state_directory_.empty()) return {};
  const std::string otherwise = app::keep_pause(pause_path(state_directory_), engine_.paused(),
                                                {boot_id_, loop_.now(), loop_.boot()});
  if (!otherwise.empty())
    world_.log.write(LogLevel::warning, "cannot save the pause state; a restart will differ",
                     {{"error", otherwise}});
  return otherwise;
}

void Agent::restore_pause() {
  if (state_directory_.empty()) return;
  auto kept = read_pause(pause_path(state_directory_), {boot_id_, loop_.now(), loop_.boot()});
  if (!kept)
    world_.log.write(LogLevel::error, "pause file unreadable; rules stay paused",
                     {{"error", kept.error().describe()}});
  const auto pause = kept ? *kept : rules::Pause{"the pause file is unreadable", {}};
  if (!pause) return;
  engine_.pause(*pause);
  world_.log.write(LogLevel::warning, "rules are still paused", {{"reason", pause->reason}});
}

Result<rules::StepAnswer> Agent::step(std::string reason, bool dry) {
  if (world_.steps == nullptr)
    return fail(ErrorCode::unsupported, "planned steps are not available here");
  const auto answer = std::make_shared<std::promise<rules::StepAnswer>>();
  std::future<rules::StepAnswer> coming = answer->get_future();
  const bool taken = loop_.post([this, answer, reason = std::move(reason), dry] {
    answer->set_value(steps_->ask(reason, dry));
    judge_soon();
  });
  if (!taken || coming.wait_for(kAnswerWithin) != std::future_status::ready)
    return fail(ErrorCode::unavailable, "the agent is busy; try again, or see 'slewctl actions'");
  return coming.get();
}

void Agent::open_step_service() {
  if (world_.steps == nullptr) return;
  steps_ = std::make_unique<StepService>(StepService::World{
      loop_, ledger_, observers_.probes(), *world_.steps, dispatcher_.tally(), world_.log,
      state_directory_, boot_id_, world_.fallback_command,
      [this](const rules::Action& action) -> remedy::Actuator& {
        return dispatcher_.actuator_for(action);
      },
      [this](Nanos size, bool preview) { return announce_step(size, preview); },
      [this] { return engine_.file().targets; },
      [this](const rules::Target& target) { return was_active(target, observers_.observe()); },
      [this](const rules::Intent& intent) { return dispatcher_.busy_for_step(intent); },
      [this](const rules::Outcome& outcome) { on_outcome(outcome); }});
}

rules::StepPlan Agent::announce_step(Nanos size, bool preview) {
  const auto snapshot = world_.snapshots.latest();
  rules::Facts known = facts(*snapshot);
  known.set(rules::Fact::step_pending, size);
  if (preview) {
    rules::Engine copy = engine_;
    return copy.announce_step(loop_.now(), known, size);
  }
  engine_.skip_ids_to(ledger_.next_id() - 1);
  return engine_.announce_step(loop_.now(), known, size);
}

}  // namespace slewd::app
