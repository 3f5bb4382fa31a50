// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/dispatch/link_runner.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace slewd::remedy {

using rules::Ending;

namespace {

// Longer than any actuator needs beyond its timeout to end what it began.
constexpr Nanos kActuatorGrace = std::chrono::seconds(5);

}  // namespace

void LinkRunner::run(const Order& order, Done done) {
  actuator_ = &order.actuator;
  id_ = order.id;
  link_ = order.link;
  touched_ = order.touched;
  done_ = std::move(done);
  acting_ = std::make_shared<const bool>(true);
  // A planned step is bounded by its hooks' deadline and by what each of them may take.
  if (!std::holds_alternative<rules::StepAction>(link_.action))
    limit_.start(reactor_.now() + link_.timeout + kActuatorGrace, [this] {
      actuator_->abandon(id_);
      on_acted({Ending::timed_out, "no result (timed out)"});
    });
  // The actuator may outlive this runner, and may report at once: `this` can be gone after this.
  const std::weak_ptr<const bool> awaited = acting_;
  order.actuator.begin(order.id, order.link.action, order.link.timeout,
                       [this, awaited](const ActResult& result) {
                         if (!awaited.expired()) on_acted(result);
                       });
}

void LinkRunner::abandon() {
  if (std::exchange(acting_, nullptr)) actuator_->abandon(id_);
  limit_.stop();
  verification_.reset();
  done_ = nullptr;
}

// Results of probes from before the action no longer count: a rule would act again at once upon a
// failure that the action has just repaired.
void LinkRunner::on_acted(const ActResult& result) {
  acting_.reset();
  limit_.stop();
  if (link_.verify && std::ranges::find(touched_, link_.verify->probe) == touched_.end())
    touched_.push_back(link_.verify->probe);
  if (probes_ != nullptr && result.ending != Ending::refused)
    for (const std::string& probe : touched_)
      probes_->restart_clock(probe, rules::describe(link_.action));
  if (result.ending == Ending::done && link_.verify) return verify(result);
  report({result, result.ending == Ending::done});
}

void LinkRunner::verify(const ActResult& acted) {
  const auto views = probes_->views();
  const auto probe = std::ranges::find(views, link_.verify->probe, &rules::ProbeView::name);
  const bool prints = probe != views.end() && probe->kind == "exec";
  verification_ = std::make_unique<Verification>(
      reactor_, *probes_, *link_.verify,
      [this, acted, prints](bool proved, const std::string& detail) {
        const std::string joint = proved ? "; " : ", but ";
        const std::string open = proved ? "its probe passed" : "its probe failed";
        report({{proved ? Ending::verified : Ending::failed, acted.detail + joint + detail,
                 acted.open_detail() + joint + (prints ? open : detail)},
                true});
      });
}

void LinkRunner::report(const LinkResult& result) {
  verification_.reset();
  const Done done = std::exchange(done_, nullptr);
  done(result);
}

}  // namespace slewd::remedy
