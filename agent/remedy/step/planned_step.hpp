// SPDX-License-Identifier: Apache-2.0
// A planned step from its announcement to its end: the hooks that stop the services which it would
// hurt, the step itself, and the start of all that was stopped. If anything fails on the way, the
// error is slewed instead and no service stays down. docs/planned-steps.md. Agent thread only.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/records/ledger.hpp"
#include "agent/remedy/dispatch/action_tally.hpp"
#include "agent/remedy/dispatch/link_runner.hpp"
#include "agent/remedy/ports/actuator.hpp"
#include "agent/remedy/step/fallback_timer.hpp"
#include "agent/remedy/step/step_clock.hpp"
#include "agent/remedy/step/undo_log.hpp"
#include "agent/remedy/step/undo_runner.hpp"
#include "rules/engine/step_plan.hpp"
#include "rules/step_view.hpp"

namespace slewd::remedy {

// The rule name in the ledger of a step as a whole. No rule of a file can have this name.
inline constexpr std::string_view kPlannedStepRule = "(planned step)";

class PlannedStep {
 public:
  // All must outlive the step.
  struct World {
    os::Reactor& reactor;
    records::Ledger& ledger;
    UndoLog& undo_log;
    UndoRunner& undo_runner;
    FallbackTimer& fallback_timer;
    ProbeScheduler& probes;
    StepClock& clock;
    ActionTally& tally;  // counts the links of the hooks
    std::string boot_id;
    std::function<Actuator&(const rules::Action&)> actuator;
    // The hooks of all rules for a step of this size. A preview changes nothing.
    std::function<rules::StepPlan(Nanos size, bool preview)> announce;
    std::function<std::vector<rules::Target>()> targets;
    // Empty = unknown.
    std::function<std::optional<bool>(const rules::Target&)> was_active;
    // Another action is under way on something that this would touch.
    std::function<bool(const rules::Intent&)> busy;
    // Of the step and of each rule's hooks; never called from within a member function.
    std::function<void(const rules::Outcome&)> on_outcome;
    // A service may be down: for the log, at once.
    std::function<void(const std::string&)> report_error;
  };
  using OnEnd = std::function<void(const rules::Outcome&)>;

  explicit PlannedStep(World world);
  PlannedStep(const PlannedStep&) = delete;
  PlannedStep& operator=(const PlannedStep&) = delete;
  // Actions in flight go on: the fallback timer, or the next start, executes pending undos.
  ~PlannedStep();

  // At the start: executes the pending undos of a previous slewd. Its step is not repeated.
  void recover();
  // Shows what a step would do or, unless `dry`, begins it. `ended` is called with the outcome of a
  // step that has begun.
  rules::StepAnswer ask(const std::string& reason, bool dry, OnEnd ended = nullptr);

  // While it is, no rule should act: it would start services that are stopped on purpose.
  [[nodiscard]] bool under_way() const { return run_ != nullptr; }
  [[nodiscard]] rules::StepView view() const;
  // Newest last, at most limits::kActionRing.
  [[nodiscard]] const std::deque<rules::Outcome>& recent() const { return recent_; }

 private:
  // The hooks of one rule.
  struct Hook {
    rules::StepHooks plan;
    bool begun = false;
    bool after_ended = false;  // by a link whose failure ends the chain
    std::string story;
    std::string action;  // that decided
    std::optional<rules::Ending> failure;
    bool verified = false;
  };
  struct Undo {
    PendingUndo entry;
    rules::Action action;  // of the entry, as in the rule
    std::size_t hook = 0;
    bool begun = false;  // the action that it undoes has begun
    bool settled = false;
  };
  struct Run {
    Run(os::Reactor& reactor, ProbeScheduler& probes)
        : limit(reactor), turn(reactor), runner(reactor, &probes) {}
    rules::Intent intent;
    Nanos size{};
    std::string reason;
    OnEnd ended;
    std::vector<rules::Target> targets;
    // At the begin of the step: the hooks make the probes of a service unknown.
    std::map<std::string, std::optional<bool>> was_active;  // by target
    std::set<std::string> stopped;                          // targets, by the hooks so far
    std::vector<Hook> hooks;                                // without dry runs
    std::vector<Undo> undos;
    rules::StepStage stage = rules::StepStage::before;
    std::size_t hook = 0;
    std::size_t link = 0;
    bool armed = false;
    os::Timer limit;
    os::Timer turn;
    LinkRunner runner;
    std::optional<rules::Ending> given_up;
    std::string why;  // it was cancelled
    std::optional<StepMade> made;
    std::optional<MonoTime> away;  // since the first stop
    std::optional<MonoTime> back;  // since the last start
    std::vector<std::string> left_stopped;
  };

  // planned_step.cpp: announcement and end.
  rules::StepAnswer announce(bool preview, rules::StepPlan& plan) const;
  [[nodiscard]] std::string reason_to_refuse(const rules::StepPlan& plan) const;
  [[nodiscard]] static rules::StepAnswer::Hook shown(const rules::StepHooks& hooks);
  std::string record(const rules::StepPlan& plan, rules::Intent& own);
  void start(rules::StepPlan plan, rules::Intent own, const std::string& reason, OnEnd ended);
  void refuse(const rules::StepPlan& plan, const rules::Intent& own, const std::string& why);
  void finish();
  void finish_hook(const Run& run, const Hook& hook);
  [[nodiscard]] rules::Ending ending_of(const Run& run) const;
  [[nodiscard]] std::string story_of(const Run& run) const;
  void settle(const rules::Intent& intent, rules::Ending ending, const std::string& action,
              const std::string& detail, OnEnd ended = nullptr);
  void deliver();

  // Up to the step: the links of each rule in order, each stop with its start recorded and the
  // fallback timer armed before it.
  void continue_with(void (PlannedStep::*next)());
  void next_before();
  void advance();
  [[nodiscard]] std::string why_not_known(const std::string& target) const;
  void begin_before(Hook& hook, const rules::Link& link);
  bool record_undo(const Hook& hook, const rules::Link& link, const rules::Action& undo);
  void arm();
  void act_before();
  void begin_link(const Hook& hook, const rules::Link& link,
                  void (PlannedStep::*ended)(const LinkResult&));
  void on_before(const LinkResult& result);
  void bound_hooks();
  void on_hooks_late();
  [[nodiscard]] Nanos until_fallback() const;
  void ask_core();
  void on_made(const Result<StepMade>& made);
  void give_up(rules::Ending ending, const std::string& why);

  // After the step, or after it was cancelled.
  void begin_after();
  void next_after();
  [[nodiscard]] std::string reason_to_skip(const Hook& hook, const rules::Link& link) const;
  [[nodiscard]] Undo* undo_done_by(const rules::Action& action) const;
  void act_after(const rules::Link& link);
  void on_after(const LinkResult& result);
  void settle_undo(Undo& undo);
  void run_undos();
  void on_undos_run(const Result<std::vector<UndoRunner::Attempt>>& ended);
  static void note(Hook& hook, const std::string& what);
  void note_result(Hook& hook, const rules::Link& link, const LinkResult& result);

  // Pending undos of earlier steps.
  void read_undo_log();
  void run_former_undos();
  void on_former_undos_run(const Result<std::vector<UndoRunner::Attempt>>& ended);

  World world_;
  std::unique_ptr<Run> run_;
  std::optional<rules::Intent> recovery_;  // recorded, and not yet settled
  os::Timer retry_;
  UndoList pending_;  // as last read
  std::string undo_log_problem_;
  std::array<std::uint64_t, rules::kEndings.size()> endings_{};
  std::deque<rules::Outcome> recent_;
  struct Delivery {
    rules::Outcome outcome;
    OnEnd ended;
  };
  std::deque<Delivery> undelivered_;
  os::Timer delivery_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace slewd::remedy
