// Turns facts into intents. Pure: the same facts at the same monotonic times give the same
// decisions, bit for bit, which is what a replay rests on. Owned by the agent thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "rules/rule.hpp"
#include "rules/rule_runner.hpp"
#include "rules/status.hpp"

namespace slewd::rules {

// What the ledger knows of earlier runs, on the time line of this boot. Decisions of an earlier
// boot are left out, or put before the start of this one by those who know how long it was down.
struct PastDecision {
  std::string rule;
  MonoTime decided;
  bool dry_run = false;  // counts only for a rule that is still in shadow
};
struct PastDecisions {
  std::uint64_t last_id = 0;  // highest id ever given, of any boot
  std::vector<PastDecision> decisions;
};

class Engine {
 public:
  explicit Engine(RuleFile file);

  // Looks at every rule once, in the order of the file. Each returned intent stays in flight until
  // on_outcome() is told of it. `now` does not fall from call to call.
  [[nodiscard]] std::vector<Intent> evaluate(MonoTime now, const Facts& facts);
  // An outcome whose intent is not in flight changes nothing.
  void on_outcome(const Outcome& outcome);

  // Stops new decisions; what is in flight goes on.
  void pause(std::string reason);
  void resume();
  [[nodiscard]] bool paused() const { return paused_; }
  [[nodiscard]] const std::string& paused_reason() const { return paused_reason_; }

  // Before the first evaluation.
  void restore(const PastDecisions& past);
  // Ids up to this one are taken: a ledger that could be read only later knows of more.
  void skip_ids_to(std::uint64_t taken) { last_id_ = std::max(last_id_, taken); }
  // A reload. Rules of the same name keep their counters, cool-down, budget and what is in flight;
  // with the same condition and mode also their clocks.
  void replace(RuleFile file);

  [[nodiscard]] const RuleFile& file() const { return file_; }
  [[nodiscard]] std::vector<RuleView> views(MonoTime now) const;

 private:
  [[nodiscard]] std::string busy_with(const RuleRunner& runner) const;

  RuleFile file_;
  std::vector<RuleRunner> runners_;
  std::vector<RuleRunner> leaving_;  // dropped by a reload while acting: still busy
  ProbeMemory probes_;
  std::uint64_t last_id_ = 0;
  bool paused_ = false;
  std::string paused_reason_;
};

}  // namespace slewd::rules
