// SPDX-License-Identifier: Apache-2.0
#include "rules/engine/replay.hpp"

#include "rules/engine/rule_runner.hpp"

namespace slewd::rules {
namespace {

struct Verdict {
  bool due = false;
  std::optional<ClosedGate> closed;
  std::string evidence;

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

std::string describe(const Verdict& verdict) {
  if (!verdict.due) return "nothing to do (" + verdict.evidence + ")";
  if (verdict.closed)
    return "stopped by " + std::string(to_string(verdict.closed->gate)) + " (" +
           verdict.closed->reason + ")";
  return "acts (" + verdict.evidence + ")";
}

Verdict judge_again(const Decision& recorded, const Rule& rule, const RuleFile& file) {
  RuleRunner runner(rule, recorded.dry_run ? RuleMode::shadow : RuleMode::act);
  runner.set_memory(recorded.before);
  Readings readings = recorded.readings;
  readings.when = evaluate_again(rule.when, readings.when);
  if (rule.clear && readings.clear) readings.clear = evaluate_again(*rule.clear, *readings.clear);
  readings.blockers.resize(rule.blockers.size());
  for (std::size_t i = 0; i < rule.blockers.size(); ++i)
    readings.blockers[i] = evaluate_again(rule.blockers[i], readings.blockers[i]);
  const NextAction due = runner.update(std::move(readings));
  // A pre_step rule acts whenever its condition holds.
  const bool step = rule.phase == RulePhase::pre_step && runner.readings().when.truth().is_true();
  Verdict verdict;
  verdict.due = due != NextAction::nothing || step;
  if (verdict.due)
    verdict.closed = runner.ask_gates(step ? NextAction::act : due, file, recorded.context);
  verdict.evidence = runner.evidence(step ? NextAction::act : due);
  return verdict;
}

}  // namespace

Replayed replay(const Decision& recorded, const RuleFile& file) {
  const Rule* rule = file.find_rule(recorded.rule);
  if (rule == nullptr) return {false, "the rule does not exist any more"};
  const Verdict then{true, recorded.closed, recorded.evidence};
  const Verdict now = judge_again(recorded, *rule, file);
  if (then == now) return {true, {}};
  const std::string why = rule->hash == recorded.rule_hash ? "" : "the rule has changed since; ";
  return {false, why + "then: " + describe(then) + "; now: " + describe(now)};
}

}  // namespace slewd::rules
