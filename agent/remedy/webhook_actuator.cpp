#include "agent/remedy/webhook_actuator.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace slewd::remedy {

using rules::Ending;

void WebhookActuator::begin(std::uint64_t id, const rules::Action& action, Nanos timeout,
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
  message.within = timeout;
  const auto on_end = [this, id, done = std::move(done)](const Result<void>& sent) {
    messages_.erase(id);
    if (sent) return done({Ending::done, "taken"});
    const bool late = sent.error().code() == ErrorCode::timeout;
    done({late ? Ending::timed_out : Ending::failed, sent.error().describe()});
  };
  messages_[id] = webhook_.send(std::move(message), on_end);
}

void WebhookActuator::abandon(std::uint64_t id) {
  const auto found = messages_.find(id);
  if (found == messages_.end()) return;
  webhook_.drop(found->second);
  messages_.erase(found);
}

}  // namespace slewd::remedy
