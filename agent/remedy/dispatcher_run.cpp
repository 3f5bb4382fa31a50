// How one intent under way goes from link to link.
#include <algorithm>
#include <utility>
#include <variant>

#include "agent/remedy/dispatcher.hpp"
#include "rules/webhook_template.hpp"

namespace slewd::remedy {

using rules::Ending;
using rules::Link;

// Under a lock of the fleet nothing begins before the slot has been seen to be ours still: a
// machine that was paused knows nothing of the time that has passed. Telling people needs no slot.
void Dispatcher::start(Run& run) {
  const bool later = run.link > 0;
  if (run.intent.fleet.empty() || !slots_.confirm || (later && rules::tells(run.now().action)))
    return start_link(run);
  const std::uint64_t id = run.intent.id;
  const std::weak_ptr<const bool> alive = alive_;
  const auto& ask = later ? slots_.confirm_again : slots_.confirm;
  ask(run.intent.fleet, [this, alive, id, later](bool ours, const std::string& detail) {
    if (alive.expired() || !runs_.contains(id)) return;
    Run& asked = *runs_.at(id);
    asked.in_slot = asked.in_slot || ours;
    if (ours) return start_link(asked);
    const std::string why = "the slot of '" + asked.intent.fleet + "' is not ours: " + detail;
    if (later) return go_on(asked, {Ending::refused, why});
    asked.story = why;
    conclude(asked, Ending::refused, rules::describe(asked.now().action));
  });
}

void Dispatcher::start_link(Run& run) {
  const std::uint64_t id = run.intent.id;
  const std::size_t number = run.link;
  const Link& link = run.now();
  tally_.begin(run.intent.rule, rules::describe(link.action));
  // A planned step is bounded by its hooks' deadline and by what each of them may take.
  if (!std::holds_alternative<rules::StepAction>(link.action))
    run.backstop.start(reactor_.now() + link.timeout + kActuatorGrace,
                       [this, id, number] { on_stuck(id, number); });
  // An actuator may outlive this dispatcher, and may report at once: `run` can be gone after this.
  const std::weak_ptr<const bool> alive = alive_;
  actuator_for(link.action)
      .begin(id, worded(run, link.action), link.timeout,
             [this, alive, id, number](const ActResult& result) {
               if (!alive.expired()) on_acted(id, number, result);
             });
}

rules::Action Dispatcher::worded(const Run& run, const rules::Action& action) const {
  const auto* hook = std::get_if<rules::WebhookAction>(&action);
  if (hook == nullptr) return action;
  rules::WebhookFacts facts;
  facts.rule = run.intent.rule;
  if (run.failure) {
    facts.action = run.failure->action;
    facts.ending = std::string(rules::to_string(run.failure->ending));
  }
  facts.detail = run.story;
  facts.evidence = run.intent.evidence;
  facts.node = actuators_.node_name;
  facts.time = utc_text(reactor_.wall());
  rules::WebhookAction filled = *hook;
  // Checked when it was read; what has become too long is sent without its details.
  auto body = rules::expand_template(hook->body, facts);
  facts.detail.clear();
  facts.evidence.clear();
  if (!body) body = rules::expand_template(hook->body, facts);
  if (body) filled.body = std::move(*body);
  return filled;
}

void Dispatcher::on_stuck(std::uint64_t id, std::size_t link) {
  actuator_for(runs_.at(id)->now().action).abandon(id);
  on_acted(id, link, {Ending::timed_out, "no word of its end long after its timeout"});
}

void Dispatcher::on_acted(std::uint64_t id, std::size_t link, const ActResult& result) {
  const auto found = runs_.find(id);
  // A late word about a link that has been given up.
  if (found == runs_.end() || found->second->link != link || found->second->verification ||
      found->second->taking_back)
    return;
  Run& run = *found->second;
  run.backstop.stop();
  if (result.ending != Ending::refused) {
    restart_clocks(run);
    if (run.now().undo) run.owed.push_back(*run.now().undo);
  }
  if (result.ending == Ending::done && run.now().verify)
    return verify(run, *run.now().verify, result);
  end_link(id, result);
}

// What the probes found before the action is no longer evidence: without this a rule would fire
// again at once upon a failure that the action has just mended.
void Dispatcher::restart_clocks(const Run& run) {
  const Link& link = run.now();
  const std::string why = rules::describe(link.action);
  std::vector<std::string> names = rules::probes_touched_by(link.action, targets_);
  if (link.verify && std::ranges::find(names, link.verify->probe) == names.end())
    names.push_back(link.verify->probe);
  for (const std::string& name : names) probes_.restart_clock(name, why);
}

void Dispatcher::verify(Run& run, const rules::Verify& wanted, const ActResult& acted) {
  const std::uint64_t id = run.intent.id;
  const auto probes = probes_.views();
  const auto probe = std::ranges::find(probes, wanted.probe, &rules::ProbeView::name);
  const bool prints = probe != probes.end() && probe->kind == "exec";
  // The range is set; whether it helps may take its time, and others may ask for a burst meanwhile.
  std::erase(run.held, kPollInterval);
  run.verification = std::make_unique<Verification>(
      reactor_, probes_, wanted, [this, id, acted, prints](bool proved, const std::string& detail) {
        const std::string joint = proved ? "; " : ", but ";
        end_link(id, {proved ? Ending::verified : Ending::failed, acted.detail + joint + detail,
                      acted.open_detail() + joint +
                          (prints ? "its probe " + std::string(proved ? "ended well" : "failed")
                                  : detail)});
      });
}

void Dispatcher::end_link(std::uint64_t id, const ActResult& result) {
  Run& run = *runs_.at(id);
  run.verification.reset();
  tally_.end(run.intent.rule, rules::describe(run.now().action), result.ending, reactor_.now(),
             reactor_.wall());
  go_on(run, result);
}

void Dispatcher::go_on(Run& run, const ActResult& result) {
  const Ending ending = result.ending;
  const Link& link = run.now();
  const std::string action = rules::describe(link.action);
  if (!run.story.empty()) run.tell("; then ");
  if (run.intent.links.size() > 1) run.tell(action + ": ");
  run.tell(result.detail, result.open_detail());
  const bool worked = ending == Ending::done || ending == Ending::verified;
  // Telling somebody that nothing worked does not make it work.
  const bool told = rules::tells(link.action);
  if (worked && !(told && run.failure)) return conclude(run, ending, action);
  // What was refused has done nothing: the link that failed before it is what became of the intent.
  if (!worked && !(ending == Ending::refused && run.failure)) run.failure = Failure{ending, action};
  if (!worked && link.on_fail == rules::OnFail::rollback) {
    run.taking_back = run.failure;
    return take_back(run.intent.id);
  }
  const bool another = run.link + 1 < run.intent.links.size();
  if (!another || (!worked && link.on_fail == rules::OnFail::stop))
    return conclude(run, run.failure->ending, run.failure->action);
  ++run.link;
  start(run);
}

// Pays back what the links owe, the newest first, whatever becomes of each.
void Dispatcher::take_back(std::uint64_t id) {
  Run& run = *runs_.at(id);
  if (run.owed.empty()) return conclude(run, run.taking_back->ending, run.taking_back->action);
  const rules::Action action = run.owed.back();
  run.owed.pop_back();
  const std::weak_ptr<const bool> alive = alive_;
  const auto done = [this, alive, id, what = rules::describe(action)](const ActResult& result) {
    if (alive.expired() || !runs_.contains(id)) return;
    Run& taking = *runs_.at(id);
    taking.backstop.stop();
    taking.tell("; taken back, " + what + ": ");
    taking.tell(result.detail, result.open_detail());
    take_back(id);
  };
  run.backstop.start(reactor_.now() + run.now().timeout + kActuatorGrace, [this, action, id, done] {
    actuator_for(action).abandon(id);
    done({Ending::timed_out, "no word of its end"});
  });
  actuator_for(action).begin(id, action, run.now().timeout, done);
}

void Dispatcher::conclude(const Run& run, Ending ending, const std::string& action) {
  const auto node = runs_.extract(run.intent.id);  // frees the targets before anybody is told
  if (node.mapped()->in_slot) slots_.finished(node.mapped()->intent.fleet);
  settle(node.mapped()->intent, action, {ending, node.mapped()->story, node.mapped()->outline});
}

}  // namespace slewd::remedy
