#include "agent/remedy/webhook_actuator.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace slewd::remedy {

using rules::Ending;

void WebhookActuator::begin(std::uint64_t /*id*/, const rules::Action& action, Nanos timeout,
                            Done done) {
  const auto* hook = std::get_if<rules::WebhookAction>(&action);
  if (hook == nullptr) return done({Ending::refused, "no webhook: " + rules::describe(action)});
  WebhookMessage message;
  message.url = hook->url;
  message.body = hook->body;
  message.ca_file = hook->ca_file;
  message.headers = {hook->headers.begin(), hook->headers.end()};
  message.retries = hook->retries;
  message.timeout = std::min<Nanos>(timeout, std::chrono::seconds(10));
  webhook_.send(std::move(message), [done = std::move(done)](const Result<void>& sent) {
    done(sent ? ActResult{Ending::done, "taken"}
              : ActResult{Ending::failed, sent.error().describe()});
  });
}

}  // namespace slewd::remedy
