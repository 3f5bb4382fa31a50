// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/web/webhook_actuator.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/secret_file.hpp"
#include "base/url.hpp"

namespace slewd::remedy {

namespace {

using rules::Ending;

// Puts the secrets into `message` that lie in files; answers what is to be said of how they are
// kept.
Result<std::string> add_secrets(const rules::WebhookAction& hook, WebhookMessage& message) {
  std::string warnings;
  const auto read = [&](const std::string& path) -> Result<std::string> {
    auto secret = read_secret(path);
    if (!secret) return fail(std::move(secret.error()));
    if (secret->value.empty()) return fail(ErrorCode::invalid, path + ": its first line is empty");
    if (!secret->warning.empty()) warnings += "; " + secret->warning;
    return std::move(secret->value);
  };
  if (!hook.url_file.empty()) {
    auto url = read(hook.url_file);
    if (!url) return url;
    // The text of the parser may repeat its input.
    if (!parse_url(*url)) return fail(ErrorCode::invalid, hook.url_file + ": not a URL");
    message.url = std::move(*url);
  }
  for (const auto& [name, path] : hook.header_files) {
    auto value = read(path);
    if (!value) return value;
    message.headers[name] = std::move(*value);
  }
  return warnings;
}

}  // namespace

void WebhookActuator::begin(std::uint64_t id, const rules::Action& action, Nanos timeout,
                            Done done) {
  const auto* hook = std::get_if<rules::WebhookAction>(&action);
  if (hook == nullptr) return done({Ending::refused, "no webhook: " + rules::describe(action)});
  WebhookMessage message;
  message.url = hook->url;
  message.body = hook->body;
  message.ca_file = hook->ca_file;
  message.headers = {hook->headers.begin(), hook->headers.end()};
  const auto kept = add_secrets(*hook, message);
  if (!kept) return done({Ending::failed, kept.error().describe()});
  message.retries = hook->retries;
  message.timeout = std::min<Nanos>(timeout, std::chrono::seconds(10));
  message.within = timeout;
  const auto on_end = [this, id, done = std::move(done),
                       warnings = *kept](const Result<void>& sent) {
    messages_.erase(id);
    if (sent) return done({Ending::done, "taken" + warnings});
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
