// What a planned step leaves owed, its own or a former slewd's: paid as soon as it can be.
#include <algorithm>
#include <utility>

#include "agent/remedy/planned_step.hpp"

namespace slewd::remedy {

using rules::Ending;

namespace {

constexpr Nanos kPayAgainAfter = std::chrono::seconds(10);

rules::Action as_action(const OwedAction& owed) {
  if (!owed.argv.empty()) return rules::RunAction{owed.argv, owed.user, owed.environment};
  const auto verb = std::ranges::find_if(
      rules::kVerbs, [&](rules::Verb each) { return rules::to_string(each) == owed.verb; });
  return rules::ServiceAction{*verb, owed.unit};
}

}  // namespace

void PlannedStep::look_at_book() {
  auto list = world_.owed.read();
  owed_problem_ = list ? "" : list.error().describe();
  if (list && !list->damaged.empty())
    owed_problem_ = std::to_string(list->damaged.size()) + " lines say nothing, the first is '" +
                    list->damaged.front() + "'";
  if (list) owed_ = std::move(*list);
  if (owed_.actions.empty() && owed_problem_.empty()) return;
  // A problem may go away, and others pay as well.
  retry_.start(world_.reactor.now() + kPayAgainAfter, [this] { pay_former(); });
}

void PlannedStep::recover() {
  if (const auto kept = world_.owed.keep(); !kept)
    world_.complain("whoever pays in slewd's place will not see when it is gone: " +
                    kept.error().describe());
  look_at_book();
  if (!owed_problem_.empty()) world_.complain("what is owed cannot be read: " + owed_problem_);
  if (owed_.actions.empty()) return;
  rules::Intent intent;
  intent.id = world_.ledger.next_id();
  intent.rule = kPlannedStepRule;
  intent.dry_run = false;
  intent.evidence = "a former slewd has ended in the middle of a planned step";
  intent.decided = world_.reactor.now();
  for (const OwedAction& owed : owed_.actions) {
    intent.links.emplace_back();
    intent.links.back().action = as_action(owed);
  }
  // With or without a record: a service may be down.
  (void)world_.ledger.append(intent, world_.reactor.now(), world_.reactor.boot(),
                             world_.reactor.wall());
  world_.complain("a former slewd has ended in the middle of a planned step; '" +
                  owed_.actions.front().what + "' is owed and done now");
  recovery_ = std::move(intent);
  retry_.stop();
  pay_former();
}

// Of this run of slewd nothing is owed but by the step under way, and then this is not called.
void PlannedStep::pay_former() {
  if (run_ != nullptr || world_.payer.busy())
    return retry_.start(world_.reactor.now() + kPayAgainAfter, [this] { pay_former(); });
  const std::weak_ptr<const bool> alive = alive_;
  world_.payer.pay([](const OwedAction&) { return true; },
                   [this, alive](const Result<std::vector<OwedPayer::Payment>>& paid) {
                     if (!alive.expired()) on_former_paid(paid);
                   });
}

void PlannedStep::on_former_paid(const Result<std::vector<OwedPayer::Payment>>& paid) {
  std::string story;
  bool all = paid.has_value();
  if (!paid) story = paid.error().describe();
  if (paid)
    for (const OwedPayer::Payment& payment : *paid) {
      story += (story.empty() ? "" : "; ") + payment.owed.what + ": " + payment.detail;
      all = all && payment.paid;
    }
  const bool owed_before = !owed_.actions.empty();
  look_at_book();
  if (recovery_) {
    const rules::Intent intent = std::move(*recovery_);
    recovery_.reset();
    settle(intent, all ? Ending::done : Ending::failed, "pay what is owed",
           story.empty() ? "somebody else has paid it" : story);
  } else if (owed_before && all && !story.empty()) {
    world_.complain("what was owed is done: " + story);
  }
  if (!all) world_.complain("owed and not paid yet: " + story + "; it is tried again");
}

}  // namespace slewd::remedy
