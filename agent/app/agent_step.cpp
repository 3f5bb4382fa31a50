// Planned steps: asked for by an operator or by a rule, with the hooks that the rules name.
#include <future>
#include <utility>

#include "agent/app/agent.hpp"
#include "agent/app/was_active.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kAnswerWithin = 5s;  // of the agent's thread, for a worker of the exporter

}  // namespace

Result<rules::StepAnswer> Agent::step(std::string reason, bool dry) {
  if (world_.steps == nullptr)
    return fail(ErrorCode::unsupported, "this slewd makes no planned step");
  const auto answer = std::make_shared<std::promise<rules::StepAnswer>>();
  std::future<rules::StepAnswer> coming = answer->get_future();
  const bool taken = loop_.post([this, answer, reason = std::move(reason), dry] {
    answer->set_value(steps_->ask(reason, dry));
    judge_soon();
  });
  if (!taken || coming.wait_for(kAnswerWithin) != std::future_status::ready)
    return fail(ErrorCode::unavailable, "the agent is busy; ask again, or see `slewctl actions`");
  return coming.get();
}

void Agent::open_step_desk() {
  if (world_.steps == nullptr) return;
  steps_ = std::make_unique<StepDesk>(StepDesk::World{
      reactor_, ledger_, senses_.probes(), *world_.steps, dispatcher_.tally(), world_.log,
      state_directory_, boot_id_, world_.deadman,
      [this](const rules::Action& action) -> remedy::Actuator& {
        return dispatcher_.actuator_for(action);
      },
      [this](Nanos size, bool preview) { return announce_step(size, preview); },
      [this] { return engine_.file().targets; },
      [this](const rules::Target& target) { return was_active(target, senses_.observe()); },
      [this](const rules::Intent& intent) { return dispatcher_.busy_for_step(intent); },
      [this](const rules::Outcome& outcome) { on_outcome(outcome); }});
}

rules::StepPlan Agent::announce_step(Nanos size, bool preview) {
  const auto snapshot = world_.snapshots.latest();
  rules::Facts known = facts(*snapshot);
  known.set(rules::Fact::step_pending, size);
  if (preview) {
    rules::Engine copy = engine_;
    return copy.announce_step(reactor_.now(), known, size);
  }
  engine_.skip_ids_to(ledger_.next_id() - 1);
  return engine_.announce_step(reactor_.now(), known, size);
}

}  // namespace slewd::app
