// SPDX-License-Identifier: Apache-2.0
// Sends a rule's message to an HTTP endpoint. Agent thread only.
#pragma once

#include <cstdint>
#include <map>

#include "agent/remedy/ports/actuator.hpp"
#include "agent/remedy/web/webhook.hpp"

namespace slewd::remedy {

class WebhookActuator final : public Actuator {
 public:
  // `webhook` must not run on when this object is gone.
  explicit WebhookActuator(Webhook& webhook) : webhook_(webhook) {}

  // Of WebhookAction with its variables filled in; anything else is refused. All its tries lie
  // within the link's timeout.
  void begin(std::uint64_t id, const rules::Action& action, Nanos timeout, Done done) override;
  // What a receiver has read by then it may take all the same.
  void abandon(std::uint64_t id) override;

 private:
  Webhook& webhook_;
  std::map<std::uint64_t, std::uint64_t> messages_;  // under way, by the caller's id
};

}  // namespace slewd::remedy
