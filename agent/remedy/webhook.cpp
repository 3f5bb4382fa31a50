#include "agent/remedy/webhook.hpp"

#include <algorithm>
#include <utility>

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kFirstWait = 2s;  // cut by up to a half
constexpr Nanos kLongestWait = 5min;

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

Webhook::Entry::Entry(WebhookMessage a_message, Done a_done)
    : message(std::move(a_message)), done(std::move(a_done)), back_off(kFirstWait, kLongestWait) {}

Webhook::Webhook(Reactor& reactor, HttpClient& http, std::uint64_t seed)
    : reactor_(reactor), http_(http), jitter_(seed), turn_(reactor) {}

void Webhook::send(WebhookMessage message, Done done) {
  const bool full = queue_.size() >= limits::kWebhookQueue;
  if (full) {
    reactor_.at(reactor_.now(), [alive = std::weak_ptr<char>(alive_), done = std::move(done)] {
      if (!alive.expired()) done(fail(ErrorCode::limit, "too many webhook messages wait already"));
    });
    return;
  }
  message.retries = std::clamp(message.retries, 0, limits::kWebhookTries - 1);
  queue_.emplace_back(std::move(message), std::move(done)).due = reactor_.now();
  serve();
}

void Webhook::serve() {
  if (in_flight_ || queue_.empty()) return;
  const auto next = std::ranges::min_element(queue_, {}, &Entry::due);
  if (next->due <= reactor_.now()) return begin(next);
  turn_.start(next->due, [this] { serve(); });
}

void Webhook::begin(std::list<Entry>::iterator entry) {
  in_flight_ = true;
  ++entry->tries;
  HttpRequest request;
  request.method = "POST";
  request.url = entry->message.url;
  request.headers = entry->message.headers;
  request.headers.try_emplace("Content-Type", "application/json");
  request.headers.try_emplace("User-Agent", "slewd");
  request.body = entry->message.body;
  request.ca_file = entry->message.ca_file;
  request.timeout = entry->message.timeout;
  http_.begin(std::move(request), [this, alive = std::weak_ptr<char>(alive_),
                                   entry](const Result<HttpResponse>& answer) {
    if (!alive.expired()) on_answer(entry, answer);
  });
}

void Webhook::on_answer(std::list<Entry>::iterator entry, const Result<HttpResponse>& answer) {
  in_flight_ = false;
  bool again = false;
  auto result = judge(answer, again);
  if (!result && again && entry->tries <= entry->message.retries) {
    entry->due = reactor_.now() + entry->back_off.next(jitter_);
  } else {
    const Done done = std::move(entry->done);
    queue_.erase(entry);
    const std::weak_ptr<char> alive = alive_;
    done(std::move(result));
    if (alive.expired()) return;
  }
  serve();
}

}  // namespace slewd::remedy
