// SPDX-License-Identifier: Apache-2.0
// Says of our Kubernetes node what a rule wants said. Agent thread only.
#pragma once

#include "agent/remedy/fleet/kube_events.hpp"
#include "agent/remedy/fleet/kube_node.hpp"
#include "agent/remedy/ports/actuator.hpp"

namespace slewd::remedy {

class NodeActuator final : public Actuator {
 public:
  NodeActuator(KubeNode& node, KubeEvents& events) : node_(node), events_(events) {}

  // Of NodeConditionAction, NodeEventAction and NodeTaintAction; anything else is refused.
  void begin(std::uint64_t id, const rules::Action& action, Nanos timeout, Done done) override;
  void abandon(std::uint64_t /*id*/) override {}

 private:
  KubeNode& node_;
  KubeEvents& events_;
};

}  // namespace slewd::remedy
