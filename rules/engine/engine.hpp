// SPDX-License-Identifier: Apache-2.0
// Turns facts into intents. Pure: the same facts at the same monotonic times give the same
// decisions, bit for bit, which is what a replay rests on. Owned by the agent thread.
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

// What the ledger knows of earlier runs. Times are on the time line of this boot.
struct PastDecision {
  std::string rule;
  // Unset: of an earlier boot, whose cool-downs and budgets are over. Its ending still counts for
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

  // Looks at every rule once, in the order of the file. Each returned intent stays in flight until
  // on_outcome() is told of it. `now` does not fall from call to call.
  [[nodiscard]] std::vector<Intent> evaluate(MonoTime now, const Facts& facts);
  // An outcome whose intent is not in flight changes nothing.
  void on_outcome(const Outcome& outcome);

  // What the rules say of a planned step of `size`, which `facts` announce. Each hook's intent
  // stays in flight until on_outcome(). To look only, ask a copy of the engine.
  [[nodiscard]] StepPlan announce_step(MonoTime now, const Facts& facts, Nanos size);

  // The evaluations that mattered since the last call, oldest first, at most
  // limits::kDecisionRing: those that it has no room for are counted.
  [[nodiscard]] std::vector<Decision> take_decisions() { return std::exchange(decisions_, {}); }
  [[nodiscard]] std::uint64_t dropped_decisions() const { return dropped_decisions_; }

  // Locks under which a rule would act now, or acts.
  [[nodiscard]] std::set<std::string> wanted_locks() const;
  // A rule would act but for what is known of other machines.
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
  // Ids up to this one are taken: a ledger that could be read only later knows of more.
  void skip_ids_to(std::uint64_t taken) { last_id_ = std::max(last_id_, taken); }
  // A reload. Rules of the same name keep their counters, cool-down, budget and what is in flight;
  // with the same condition and mode also their clocks.
  void replace(RuleFile file);

  [[nodiscard]] const RuleFile& file() const { return file_; }
  [[nodiscard]] std::vector<RuleView> views(MonoTime now) const;
  // Rules that have done something in act and, being gone, in shadow or off now, do not take it
  // back.
  [[nodiscard]] std::vector<std::string> left_undone() const;

 private:
  [[nodiscard]] Surroundings surroundings(const RuleRunner& runner, Due due, MonoTime now,
                                          const Facts& facts) const;
  [[nodiscard]] std::string busy_with(const RuleRunner& runner, Due due) const;
  void end_holds(MonoTime now, const Facts& facts);
  void record(const RuleRunner& runner, Due due, RuleMemory before, Surroundings around,
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
  std::vector<RuleRunner> leaving_;  // dropped by a reload while acting: still busy
  // Of rules that are gone, in shadow or off, and of no other once replace() is over: they may come
  // back, and are bound by it then.
  std::map<std::string, Acts> former_acts_;
  ProbeMemory probes_;
  std::uint64_t last_id_ = 0;
  std::optional<Pause> pause_;
  std::optional<Hold> hold_;
  std::deque<MonoTime> host_actions_;  // of all rules, oldest first
  std::vector<Decision> decisions_;
  std::uint64_t dropped_decisions_ = 0;
};

}  // namespace slewd::rules
