// SPDX-License-Identifier: Apache-2.0
// A planned step from its announcement to its end: the hooks that stop whom it would hurt, the step
// itself, and everything that was stopped started again. Whatever goes wrong on the way, the error
// is slewed away instead and no service stays down. docs/planned-steps.md. Agent thread only.
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
#include "agent/remedy/ports/actuator.hpp"
#include "agent/remedy/step/deadman.hpp"
#include "agent/remedy/step/owed_book.hpp"
#include "agent/remedy/step/owed_payer.hpp"
#include "agent/remedy/step/planned_link.hpp"
#include "agent/remedy/step/step_clock.hpp"
#include "rules/engine/step_plan.hpp"
#include "rules/step_view.hpp"

namespace slewd::remedy {

// The rule that stands in the ledger for a step as a whole. No rule of a file can have this name.
inline constexpr std::string_view kPlannedStepRule = "(planned step)";

class PlannedStep {
 public:
  // All must outlive the step.
  struct World {
    os::Reactor& reactor;
    records::Ledger& ledger;
    OwedBook& owed;
    OwedPayer& payer;
    DeadMan& deadman;
    ProbeScheduler& probes;
    StepClock& clock;
    ActionTally& tally;  // hears of each hook's links
    std::string boot_id;
    std::function<Actuator&(const rules::Action&)> actuator;
    // What the rules say of a step of this size. A preview changes nothing.
    std::function<rules::StepPlan(Nanos size, bool preview)> announce;
    std::function<std::vector<rules::Target>()> targets;
    // Empty: it is not known.
    std::function<std::optional<bool>(const rules::Target&)> was_active;
    // Another action is under way on something that this would touch.
    std::function<bool(const rules::Intent&)> busy;
    // Of the step and of each rule's hooks; never called from within a member function.
    std::function<void(const rules::Outcome&)> on_outcome;
    // For an operator, at once: a service that may be down.
    std::function<void(const std::string&)> complain;
  };
  using OnEnd = std::function<void(const rules::Outcome&)>;

  explicit PlannedStep(World world);
  PlannedStep(const PlannedStep&) = delete;
  PlannedStep& operator=(const PlannedStep&) = delete;
  // Leaves what is under way to itself: the dead-man, or the next start, pays what is owed.
  ~PlannedStep();

  // At the start: pays what a former slewd owes. Its step is not repeated.
  void recover();
  // Shows what a step would do or, unless `dry`, begins it. Of one that has begun, `ended` is told
  // the outcome.
  rules::StepAnswer ask(const std::string& reason, bool dry, OnEnd ended = nullptr);

  // While it is, no rule should act: it would start what is stopped on purpose.
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
  struct Debt {
    OwedAction entry;
    rules::Action undo;  // what the entry says, as the rule has it
    std::size_t hook = 0;
    bool begun = false;  // what makes it owed has been tried
    bool settled = false;
  };
  struct Run {
    explicit Run(os::Reactor& reactor) : limit(reactor), turn(reactor) {}
    rules::Intent intent;
    Nanos size{};
    std::string reason;
    OnEnd ended;
    std::vector<rules::Target> targets;
    // As it was when the step began: what the hooks do to a service makes its probes unknown.
    std::map<std::string, std::optional<bool>> was_active;  // by target
    std::set<std::string> stopped;                          // targets, by the hooks so far
    std::vector<Hook> hooks;                                // those that are no dry run
    std::vector<Debt> debts;
    rules::StepStage stage = rules::StepStage::before;
    std::size_t hook = 0;
    std::size_t link = 0;
    bool armed = false;
    os::Timer limit;
    os::Timer turn;
    std::unique_ptr<PlannedLink> in_flight;
    std::optional<rules::Ending> given_up;
    std::string why;  // it was given up
    std::optional<StepMade> made;
    std::optional<MonoTime> away;  // since the first stop
    std::optional<MonoTime> back;  // when the last was paid
    std::vector<std::string> unpaid;
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
  bool owe(const Hook& hook, const rules::Link& link, const rules::Action& undo);
  void arm();
  void act_before();
  void begin_link(const Hook& hook, const rules::Link& link,
                  void (PlannedStep::*ended)(const LinkResult&));
  void on_before(const LinkResult& result);
  void bound_hooks();
  void on_hooks_late();
  [[nodiscard]] Nanos until_dead_man() const;
  void ask_core();
  void on_made(const Result<StepMade>& made);
  void give_up(rules::Ending ending, const std::string& why);

  // From the step on, or from its being given up.
  void begin_after();
  void next_after();
  [[nodiscard]] std::string reason_to_skip(const Hook& hook, const rules::Link& link) const;
  [[nodiscard]] Debt* debt_of(const rules::Action& action) const;
  void act_after(const rules::Link& link);
  void on_after(const LinkResult& result);
  void settle_debt(Debt& debt);
  void pay_rest();
  void on_rest_paid(const Result<std::vector<OwedPayer::Payment>>& paid);
  static void note(Hook& hook, const std::string& what);
  void note_result(Hook& hook, const rules::Link& link, const LinkResult& result);

  // What earlier steps have left to start.
  void look_at_book();
  void pay_former();
  void on_former_paid(const Result<std::vector<OwedPayer::Payment>>& paid);

  World world_;
  std::unique_ptr<Run> run_;
  std::optional<rules::Intent> recovery_;  // recorded, and not yet settled
  os::Timer retry_;
  OwedList owed_;  // as last read
  std::string owed_problem_;
  std::array<std::uint64_t, rules::kEndings.size()> endings_{};
  std::deque<rules::Outcome> recent_;
  struct Telling {
    rules::Outcome outcome;
    OnEnd ended;
  };
  std::deque<Telling> undelivered_;
  os::Timer delivery_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace slewd::remedy
