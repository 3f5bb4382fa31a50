// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/web/webhook.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/duration.hpp"
#include "base/url.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kFirstWait = 2s;  // cut by up to a half
constexpr Nanos kLongestWait = 5min;
constexpr Nanos kShortestRetry = 1s;  // less is no chance for a receiver that has failed before

// Whether the same message may be taken later (RFC 9110 section 15, RFC 6585, RFC 8470).
bool worth_another_try(int status) {
  return status == 408 || status == 425 || status == 429 || status / 100 == 5;
}

Result<void> judge(const Result<HttpResponse>& answer, bool& again) {
  again = !answer || worth_another_try(answer->status);
  if (!answer) {
    const ErrorCode code = answer.error().code();
    again = code != ErrorCode::invalid && code != ErrorCode::permission;
    return fail(answer.error());
  }
  if (answer->status / 100 == 2) return {};
  return fail(ErrorCode::unavailable, "the webhook answers " + std::to_string(answer->status));
}

}  // namespace

Webhook::Entry::Entry(WebhookMessage a_message, Done a_done, MonoTime now)
    : message(std::move(a_message)),
      done(std::move(a_done)),
      back_off(kFirstWait, kLongestWait),
      due(now),
      deadline(now + message.within) {
  const auto url = parse_url(message.url);
  origin = url ? url->origin() : message.url;  // which the client will refuse
}

Webhook::Webhook(os::Reactor& reactor, HttpClient& http, std::uint64_t seed)
    : reactor_(reactor), http_(http), jitter_(seed), turn_(reactor) {}

std::uint64_t Webhook::send(WebhookMessage message, Done done) {
  const std::uint64_t id = ++last_id_;
  const bool full = queue_.size() >= limits::kWebhookQueue;
  if (full) {
    reactor_.at(reactor_.now(), [alive = std::weak_ptr<char>(alive_), done = std::move(done)] {
      if (!alive.expired()) done(fail(ErrorCode::limit, "too many webhook messages wait already"));
    });
    return id;
  }
  message.retries = std::clamp(message.retries, 0, limits::kWebhookTries - 1);
  queue_.try_emplace(id, std::move(message), std::move(done), reactor_.now());
  serve();
  return id;
}

void Webhook::drop(std::uint64_t message) {
  const auto found = queue_.find(message);
  if (found == queue_.end()) return;
  if (found->second.call != 0) http_.cancel(found->second.call);
  queue_.erase(found);
  serve();
}

void Webhook::serve() {
  for (auto next = next_turn(); next != queue_.end(); next = next_turn())
    begin(next->first, next->second);
  std::optional<MonoTime> wake;
  for (const auto& [id, entry] : queue_) {
    if (entry.call != 0) continue;
    // What is due already waits for others, who call serve() when they end.
    const MonoTime when = entry.due > reactor_.now() ? entry.due : entry.deadline;
    wake = std::min(wake.value_or(when), when);
  }
  turn_.stop();
  if (wake) turn_.start(*wake, [this] { on_timer(); });
}

// The one that has been due for the longest, of those to whose origin no request runs.
Webhook::Queue::iterator Webhook::next_turn() {
  std::set<std::string_view> origins;
  for (const auto& [id, entry] : queue_)
    if (entry.call != 0) origins.insert(entry.origin);
  auto next = queue_.end();
  if (origins.size() >= limits::kWebhooksInFlight) return next;
  const MonoTime now = reactor_.now();
  for (auto it = queue_.begin(); it != queue_.end(); ++it) {
    const Entry& entry = it->second;
    const bool ready = entry.call == 0 && entry.due <= now && entry.deadline > now;
    if (!ready || origins.contains(entry.origin)) continue;
    if (next == queue_.end() || entry.due < next->second.due) next = it;
  }
  return next;
}

void Webhook::begin(std::uint64_t id, Entry& entry) {
  ++entry.tries;
  HttpRequest request;
  request.method = "POST";
  request.url = entry.message.url;
  request.headers = entry.message.headers;
  request.headers.try_emplace("Content-Type", "application/json");
  request.headers.try_emplace("User-Agent", "slewd");
  request.body = entry.message.body;
  request.ca_file = entry.message.ca_file;
  request.timeout = std::min(entry.message.timeout, entry.deadline - reactor_.now());
  entry.call = http_.begin(std::move(request), [this, alive = std::weak_ptr<char>(alive_),
                                                id](const Result<HttpResponse>& answer) {
    if (!alive.expired()) on_answer(id, answer);
  });
}

void Webhook::on_answer(std::uint64_t id, const Result<HttpResponse>& answer) {
  Entry& entry = queue_.at(id);
  entry.call = 0;
  bool again = false;
  auto result = judge(answer, again);
  const MonoTime due = reactor_.now() + entry.back_off.next(jitter_);
  if (!result && again && entry.tries <= entry.message.retries &&
      due + kShortestRetry <= entry.deadline) {
    entry.due = due;
  } else {
    const Done done = std::move(entry.done);
    queue_.erase(id);
    const std::weak_ptr<char> alive = alive_;
    done(std::move(result));
    if (alive.expired()) return;
  }
  serve();
}

void Webhook::on_timer() {
  const std::weak_ptr<char> alive = alive_;
  const auto late = [this](const Queue::value_type& item) {
    return item.second.call == 0 && item.second.deadline <= reactor_.now();
  };
  for (auto found = std::ranges::find_if(queue_, late); found != queue_.end();
       found = std::ranges::find_if(queue_, late)) {
    const Entry entry = std::move(found->second);
    queue_.erase(found);
    entry.done(fail(ErrorCode::timeout, entry.origin + ": other messages were under way for " +
                                            format(entry.message.within)));
    if (alive.expired()) return;
  }
  serve();
}

}  // namespace slewd::remedy
