// SPDX-License-Identifier: Apache-2.0
// Turns facts into intents. Pure: the same facts at the same monotonic times give the same
// decisions, bit for bit, so that they can be replayed. Owned by the agent thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rules/engine/decision.hpp"
#include "rules/engine/rule_runner.hpp"
#include "rules/engine/step_plan.hpp"
#include "rules/rule.hpp"
#include "rules/status.hpp"

namespace slewd::rules {

// What the ledger holds of earlier runs. Times are on the time line of this boot.
struct PastDecision {
  std::string rule;
  // Unset: of an earlier boot, whose cool-downs and budgets have ended. Its result still counts for
  // the breaker.
  std::optional<MonoTime> decided;
  bool dry_run = false;  // counts only for a rule that is still in shadow
  bool clears = false;   // of `on_clear`
  std::optional<Ending> ending{};
  std::optional<MonoTime> ended{};
  std::string undo{};  // Intent::undo
};
struct PastDecisions {
  std::uint64_t last_id = 0;            // highest id ever given, of any boot
  std::vector<PastDecision> decisions;  // oldest first
  MonoTime now;  // of the restart: a breaker that an earlier boot has opened rests from here on
};

// Why nothing new is decided, and for how long.
struct Pause {
  std::string reason;
  std::optional<MonoTime> until;  // unset: until resume()
};

class Engine {
 public:
  explicit Engine(RuleFile file);

  // Evaluates every rule once, in the order of the file. Each returned intent stays in flight until
  // on_outcome() receives its outcome. `now` never decreases from call to call.
  [[nodiscard]] std::vector<Intent> evaluate(MonoTime now, const Facts& facts);
  // An outcome whose intent is not in flight changes nothing.
  void on_outcome(const Outcome& outcome);

  // The rules' answer to a planned step of `size`, which `facts` announce. Each hook's intent
  // stays in flight until on_outcome(). For a preview, ask a copy of the engine.
  [[nodiscard]] StepPlan announce_step(MonoTime now, const Facts& facts, Nanos size);

  // The evaluations with consequences since the last call, oldest first, at most
  // limits::kDecisionRing; further ones are counted.
  [[nodiscard]] std::vector<Decision> take_decisions() { return std::exchange(decisions_, {}); }
  [[nodiscard]] std::uint64_t dropped_decisions() const { return dropped_decisions_; }

  // Locks under which a rule would act now, or acts.
  [[nodiscard]] std::set<std::string> wanted_locks() const;
  // A rule would act if the state of other machines allowed it.
  [[nodiscard]] bool waits_for_others() const {
    return std::ranges::any_of(runners_, &RuleRunner::waits_for_others);
  }

  // Stops new decisions; what is in flight goes on.
  void pause(Pause pause) {
    if (pause.reason.empty()) pause.reason = "no reason given";
    pause_ = std::move(pause);
  }
  void resume() { pause_.reset(); }
  [[nodiscard]] const std::optional<Pause>& paused() const { return pause_; }

  // No rule acts on services or the node before the clock is synchronized, `until` then at most.
  void hold_rules(MonoTime until, std::string why) { hold_ = {until, std::move(why)}; }

  // Before the first evaluation.
  void restore(const PastDecisions& past);
  // Ids up to this one are in use: found in a ledger that could be read only later.
  void skip_ids_to(std::uint64_t taken) { last_id_ = std::max(last_id_, taken); }
  // A reload. Rules of the same name keep their counters, cool-down, budget and what is in flight;
  // with the same condition and mode also their timers.
  void replace(RuleFile file);

  [[nodiscard]] const RuleFile& file() const { return file_; }
  [[nodiscard]] std::vector<RuleView> views(MonoTime now) const;
  // Rules that have changed something in mode act and, being gone, in shadow or off now, do not
  // undo it.
  [[nodiscard]] std::vector<std::string> left_undone() const;

 private:
  [[nodiscard]] GateContext gate_context(const RuleRunner& runner, NextAction due, MonoTime now,
                                         const Facts& facts) const;
  [[nodiscard]] std::string busy_with(const RuleRunner& runner, NextAction due) const;
  void end_holds(MonoTime now, const Facts& facts);
  void record(const RuleRunner& runner, NextAction due, RuleMemory before, GateContext context,
              std::optional<ClosedGate> closed, std::uint64_t intent);
  static bool leave_out(RuleRunner& runner, MonoTime now, const Facts& facts);
  std::optional<Intent> judge(RuleRunner& runner, MonoTime now, const Facts& facts);
  void plan_for(RuleRunner& runner, MonoTime now, const Facts& facts, StepPlan& plan);
  void count_action(const RuleRunner& runner, MonoTime now);
  void hold_at_once(const Intent& intent);

  void restore_episode(RuleRunner& runner, const PastDecision& decision, MonoTime now);
  void restore_hold(const RuleRunner& runner, const PastDecision& decision, MonoTime now);
  void keep_acts();
  [[nodiscard]] bool leaves_undone(const RuleRunner& runner) const;

  struct Hold {
    MonoTime until;
    std::string why;
  };

  RuleFile file_;
  std::vector<RuleRunner> runners_;
  std::vector<RuleRunner> leaving_;  // removed by a reload while acting: still busy
  // Only of rules that are gone, in shadow or off once replace() has returned: they may come
  // back, and their limits hold then.
  std::map<std::string, ActionHistory> former_history_;
  ProbeMemory probes_;
  std::uint64_t last_id_ = 0;
  std::optional<Pause> pause_;
  std::optional<Hold> hold_;
  std::deque<MonoTime> host_actions_;  // of all rules, oldest first
  std::vector<Decision> decisions_;
  std::uint64_t dropped_decisions_ = 0;
};

}  // namespace slewd::rules
