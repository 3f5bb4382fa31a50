#include "rules/engine.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace slewd::rules {
namespace {

std::vector<RuleRunner> runners_for(const RuleFile& file) {
  std::vector<RuleRunner> runners;
  runners.reserve(file.rules.size());
  for (const Rule& rule : file.rules) runners.emplace_back(rule);
  return runners;
}

RuleRunner* find_runner(std::vector<RuleRunner>& runners, std::string_view rule) {
  const auto found = std::ranges::find_if(
      runners, [&](const RuleRunner& runner) { return runner.rule().name == rule; });
  return found == runners.end() ? nullptr : &*found;
}

}  // namespace

Engine::Engine(RuleFile file) : file_(std::move(file)), runners_(runners_for(file_)) {}

std::vector<Intent> Engine::evaluate(MonoTime now, const Facts& facts) {
  probes_.note(facts);
  std::vector<Intent> intents;
  for (RuleRunner& runner : runners_) {
    if (!runner.look(facts, now, probes_)) {
      runner.rest(now);
      continue;
    }
    std::optional<ClosedGate> closed =
        runner.ask_gates(now, paused_, paused_reason_, busy_with(runner));
    if (closed)
      runner.suppress(now, std::move(*closed));
    else
      intents.push_back(runner.decide(now, ++last_id_));
  }
  return intents;
}

// One action at a time on one target. A dry run holds back no real action.
std::string Engine::busy_with(const RuleRunner& runner) const {
  const auto blocks = [&](const RuleRunner& other) {
    return &other != &runner && (other.acting() || (other.in_flight() && runner.dry_run())) &&
           !runner.shared_target(other).empty();
  };
  for (const auto* const runners : {&runners_, &leaving_})
    if (const auto other = std::ranges::find_if(*runners, blocks); other != runners->end())
      return "rule '" + other->rule().name + "' is at work on " +
             std::string(runner.shared_target(*other));
  return {};
}

void Engine::on_outcome(const Outcome& outcome) {
  for (RuleRunner& runner : runners_)
    if (runner.in_flight() == outcome.intent) runner.on_outcome(outcome);
  std::erase_if(leaving_,
                [&](const RuleRunner& runner) { return runner.in_flight() == outcome.intent; });
}

void Engine::pause(std::string reason) {
  paused_ = true;
  paused_reason_ = std::move(reason);
}

void Engine::resume() {
  paused_ = false;
  paused_reason_.clear();
}

void Engine::restore(const PastDecisions& past) {
  last_id_ = std::max(last_id_, past.last_id);
  for (const PastDecision& decision : past.decisions)
    if (RuleRunner* runner = find_runner(runners_, decision.rule);
        runner != nullptr && runner->dry_run() == decision.dry_run)
      runner->remember_decision(decision.decided);
}

void Engine::replace(RuleFile file) {
  std::vector<RuleRunner> earlier = std::exchange(runners_, runners_for(file));
  file_ = std::move(file);
  for (RuleRunner& runner : earlier) {
    RuleRunner* same = find_runner(runners_, runner.rule().name);
    if (same != nullptr)
      same->take_over(std::move(runner));
    else if (runner.acting())
      leaving_.push_back(std::move(runner));
  }
}

std::vector<RuleView> Engine::views(MonoTime now) const {
  std::vector<RuleView> views;
  views.reserve(runners_.size());
  for (const RuleRunner& runner : runners_) views.push_back(runner.view(now));
  return views;
}

}  // namespace slewd::rules
