// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/step/planned_link.hpp"

#include <utility>

namespace slewd::remedy {

using rules::Ending;

PlannedLink::PlannedLink(os::Reactor& reactor, ProbeScheduler& probes, Actuator& actuator,
                         std::uint64_t id, const rules::Link& link,
                         std::vector<std::string> touched, Done done)
    : reactor_(reactor),
      probes_(probes),
      actuator_(actuator),
      id_(id),
      link_(link),
      touched_(std::move(touched)),
      done_(std::move(done)),
      backstop_(reactor),
      turn_(reactor) {
  backstop_.start(reactor_.now() + link_.timeout + kActuatorGrace, [this] {
    actuator_.abandon(id_);
    on_acted({Ending::timed_out, "no word of its end long after its timeout"});
  });
  // The actuator may outlive this link, and may report at once.
  const std::weak_ptr<const bool> alive = alive_;
  actuator_.begin(id_, link_.action, link_.timeout, [this, alive](const ActResult& result) {
    if (!alive.expired()) on_acted(result);
  });
}

PlannedLink::~PlannedLink() = default;

void PlannedLink::abandon() {
  if (std::exchange(acting_, false)) actuator_.abandon(id_);
  backstop_.stop();
  turn_.stop();
  verification_.reset();
}

void PlannedLink::on_acted(const ActResult& result) {
  if (!std::exchange(acting_, false)) return;  // a late word
  backstop_.stop();
  const bool acted = result.ending == Ending::done;
  if (result.ending != Ending::refused)
    for (const std::string& probe : touched_)
      probes_.restart_clock(probe, rules::describe(link_.action));
  if (!acted || !link_.verify) return report({result.ending, acted, result.detail});
  probes_.restart_clock(link_.verify->probe, rules::describe(link_.action));
  verification_ = std::make_unique<Verification>(
      reactor_, probes_, *link_.verify,
      [this, acted = result.detail](bool proved, const std::string& detail) {
        report({proved ? Ending::verified : Ending::failed, true,
                acted + (proved ? "; " : ", but ") + detail});
      });
}

void PlannedLink::report(LinkResult result) {
  turn_.start(reactor_.now(),
              [done = std::move(done_), result = std::move(result)] { done(result); });
}

}  // namespace slewd::remedy
