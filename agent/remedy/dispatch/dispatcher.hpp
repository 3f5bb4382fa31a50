// SPDX-License-Identifier: Apache-2.0
// Executes what the rules decided: recorded on disk first, one action at a time on each target,
// link by link until one is verified, with one outcome for each intent. Agent thread only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/records/ledger.hpp"
#include "agent/remedy/dispatch/action_tally.hpp"
#include "agent/remedy/dispatch/link_runner.hpp"
#include "agent/remedy/ports/actuator.hpp"
#include "agent/remedy/probes/probe_scheduler.hpp"
#include "rules/rule.hpp"

namespace slewd::remedy {

// What actions on the poll range hold while they act.
inline constexpr std::string_view kPollInterval = "poll interval";

// The actuator of each kind of action.
struct Actuators {
  Actuator& service;
  Actuator& run;
  Actuator& core;    // poll range, burst, holdover, ban
  Actuator& engine;  // the rules themselves: hold_rules, step
  Actuator& notify;
  Actuator& webhook;
  Actuator& node;              // condition, event, taint
  std::string node_name = {};  // for messages
};

class Dispatcher {
 public:
  using OnOutcome = std::function<void(const rules::Outcome&)>;
  // The locks of the fleet, for an action under one.
  struct Slots {
    // Whether the slot is still ours, asked right before the action; answers later.
    std::function<void(const std::string& lock, std::function<void(bool, std::string)> done)>
        confirm;
    // The same before a further link of an intent that confirm() has said yes to.
    std::function<void(const std::string& lock, std::function<void(bool, std::string)> done)>
        confirm_again;
    // Of each confirm() that has said yes, once: the action has ended.
    std::function<void(const std::string& lock)> finished;
  };

  // Reports each intent that a former process left unfinished as Ending::unknown, and repeats none.
  // `on_outcome` is never called from within a member function; it may call begin(). Without
  // `slots` locks of the fleet are not asked for again.
  Dispatcher(os::Reactor& reactor, records::Ledger& ledger, Actuators actuators,
             ProbeScheduler& probes, OnOutcome on_outcome, Slots slots = {});
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;
  // Actions in flight go on. The next start reports them as unknown.
  ~Dispatcher();

  // Of the rule files now in force. Intents under way go on as they were decided.
  void configure(std::vector<rules::Target> targets, const std::vector<rules::Rule>& rules);

  // Takes an intent, whose id is given here when it is zero, and answers the id. Exactly one
  // outcome follows. `refused` when the ledger cannot be written, the id is not new, there is no
  // link, or an action on one of its targets is under way.
  std::uint64_t begin(rules::Intent intent);

  // The actuator of an action.
  [[nodiscard]] Actuator& actuator_for(const rules::Action& action) const;
  // An action on something that these hooks of a planned step would touch is under way. A rule that
  // has asked for the step only waits for it.
  [[nodiscard]] bool busy_for_step(const rules::Intent& hooks) const;
  // Which other rule acts on something that this rule's links would touch; empty = none.
  [[nodiscard]] std::string busy_with(const rules::Rule& rule) const;
  [[nodiscard]] std::size_t in_flight() const { return runs_.size(); }
  // Newest last, at most limits::kActionRing.
  [[nodiscard]] const std::deque<rules::Outcome>& recent() const { return recent_; }
  [[nodiscard]] std::vector<rules::ActionCounters> counters(std::string_view rule) const {
    return tally_.of(rule);
  }
  // For the hooks of planned steps.
  [[nodiscard]] ActionTally& tally() { return tally_; }

 private:
  struct Failure {
    rules::Ending ending;
    std::string action;
  };
  // One intent under way.
  struct Run {
    Run(os::Reactor& reactor, ProbeScheduler& probes, rules::Intent decided)
        : intent(std::move(decided)), runner(reactor, &probes) {}
    [[nodiscard]] const rules::Link& now() const { return intent.links[link]; }
    [[nodiscard]] bool waits_for_step() const {
      return !undoing && std::holds_alternative<rules::StepAction>(now().action);
    }
    // While it is verified that a new poll range helps, others may ask for a burst.
    [[nodiscard]] bool holds(const std::string& thing) const {
      return std::ranges::find(held, thing) != held.end() &&
             !(thing == kPollInterval && runner.verifying());
    }
    rules::Intent intent;
    std::vector<std::string> held;  // no other intent may act upon it meanwhile
    std::size_t link = 0;
    bool in_slot = false;  // the slot of its lock is in use until the end
    LinkRunner runner;
    // What became of the links so far, and the same without what programs printed.
    std::string story;
    std::string outline;
    void add(const std::string& all, const std::string& open) {
      story += all;
      outline += open;
    }
    void add(const std::string& text) { add(text, text); }
    std::vector<rules::Action> undos;  // of the links so far, oldest first
    bool undoing = false;
    std::optional<Failure> failure;  // of the last link that did not work
  };

  [[nodiscard]] std::vector<std::string> touched(const rules::Intent& intent) const;
  enum class Asks { action, step_hooks };
  [[nodiscard]] const Run* holder_of(const std::vector<std::string>& things, Asks who) const;
  [[nodiscard]] std::string reason_to_refuse(const rules::Intent& intent) const;
  void report_unfinished();

  void start(Run& run);
  void start_link(Run& run);
  // A message with its variables filled in; any other action as it is.
  [[nodiscard]] rules::Action expanded(const Run& run, const rules::Action& action) const;
  void end_link(Run& run, const LinkResult& result);
  void undo_links(Run& run);
  // To the next link, or to the end, after one that has ended or was not begun.
  void go_on(Run& run, const ActResult& result);
  void conclude(const Run& run, rules::Ending ending, const std::string& action);

  [[nodiscard]] rules::Outcome outcome_of(const rules::Intent& intent, rules::Ending ending,
                                          const std::string& action) const;
  // Records an outcome and publishes it.
  void settle(const rules::Intent& intent, const std::string& action, const ActResult& result);
  void publish(rules::Outcome outcome);
  void deliver();

  os::Reactor& reactor_;
  records::Ledger& ledger_;
  Actuators actuators_;
  ProbeScheduler& probes_;
  OnOutcome on_outcome_;
  Slots slots_;
  std::vector<rules::Target> targets_;
  ActionTally tally_;
  std::map<std::uint64_t, std::unique_ptr<Run>> runs_;
  std::deque<rules::Outcome> recent_;
  std::deque<rules::Outcome> undelivered_;
  os::Timer delivery_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace slewd::remedy
