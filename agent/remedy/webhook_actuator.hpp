// Sends a rule's message to an HTTP endpoint. Agent thread only.
#pragma once

#include "agent/remedy/actuator.hpp"
#include "agent/remedy/webhook.hpp"

namespace slewd::remedy {

class WebhookActuator final : public Actuator {
 public:
  explicit WebhookActuator(Webhook& webhook) : webhook_(webhook) {}

  // Of WebhookAction with its variables filled in; anything else is refused. The message goes on to
  // be tried after the link's timeout: it holds up nobody.
  void begin(std::uint64_t id, const rules::Action& action, Nanos timeout, Done done) override;
  void abandon(std::uint64_t /*id*/) override {}

 private:
  Webhook& webhook_;
};

}  // namespace slewd::remedy
