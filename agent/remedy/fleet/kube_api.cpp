// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/kube_api.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/one_line.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kEach = 1s;       // between requests, in the long run
constexpr Nanos kAtOnce = 3s;     // by so much requests may run ahead of that
constexpr Nanos kIgnored = 1min;  // of wrongness: certificates do not care
constexpr Nanos kMostBackward = std::chrono::days(limits::kCertificateShiftDays);
constexpr std::size_t kStatusMessageBytes = 300;
constexpr Nanos kWatchMost = 30s;  // between two questions; half of it at least
constexpr Nanos kWatchTimeout = 10s;
constexpr const char* kReadyPath = "/readyz";  // exempt from the API's flow control

}  // namespace

std::string describe_failure(const HttpResponse& answer) {
  std::string text = std::to_string(answer.status);
  const auto status = nlohmann::json::parse(answer.body, nullptr, false);
  if (status.is_object() && status.contains("message") && status["message"].is_string())
    text += ": " + one_line(status["message"].get<std::string>(), kStatusMessageBytes);
  return text;
}

Result<void> success_of(const Result<HttpResponse>& answer) {
  if (!answer) return fail(answer.error());
  if (answer->status / 100 == 2) return {};
  const ErrorCode code = answer->status == 401 || answer->status == 403 ? ErrorCode::permission
                         : answer->status == 404                        ? ErrorCode::not_found
                                                                        : ErrorCode::unavailable;
  return fail(code, "the API answers " + describe_failure(*answer));
}

KubeApi::KubeApi(os::Reactor& reactor, HttpClient& http, KubeAccess access)
    : reactor_(reactor),
      http_(http),
      access_(std::move(access)),
      turn_(reactor),
      next_watch_(reactor) {}

void KubeApi::call(KubeCall call, Done done) {
  if (waiting_.size() >= limits::kKubeCalls) {
    // Never from within: who is answered at once asks again at once.
    reactor_.at(reactor_.now(), [alive = std::weak_ptr<char>(alive_), done = std::move(done)] {
      if (!alive.expired())
        done(fail(ErrorCode::limit, "too many requests to the API wait already"));
    });
    return;
  }
  waiting_.push_back({std::move(call), std::move(done)});
  serve();
}

void KubeApi::serve() {
  while (!waiting_.empty()) {
    const MonoTime now = reactor_.now();
    next_free_ = std::max(next_free_, now);
    if (next_free_ - now > kAtOnce) {
      turn_.start(next_free_ - kAtOnce, [this] { serve(); });
      return;
    }
    next_free_ += kEach;
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    send(std::move(next));
  }
}

void KubeApi::watch(std::uint64_t seed) {
  spread_ = Jitter(seed);
  ask_whether_ready();
}

void KubeApi::ask_whether_ready() {
  next_watch_.start(reactor_.now() + spread_.between(kWatchMost / 2, kWatchMost),
                    [this] { ask_whether_ready(); });
  KubeCall call;
  call.object = KubeObject::api;
  call.path = kReadyPath;
  call.accept = "*/*";
  call.timeout = kWatchTimeout;
  call.may_be_missing = true;
  this->call(std::move(call), [](const Result<HttpResponse>&) {});
}

void KubeApi::send(Waiting waiting) {
  const auto token = read_mounted(access_.token_file);
  const KubeObject object = waiting.call.object;
  const bool may_be_missing = waiting.call.may_be_missing;
  if (!token) {
    const Result<HttpResponse> none = fail(token.error());
    on_answer(object, may_be_missing, none);
    return waiting.done(none);
  }
  HttpRequest request;
  request.method = waiting.call.method;
  request.url = access_.server + waiting.call.path;
  request.headers = {{"Authorization", "Bearer " + *token},
                     {"Accept", waiting.call.accept},
                     {"User-Agent", "slewd"}};
  if (!waiting.call.body.empty()) request.headers["Content-Type"] = waiting.call.content_type;
  request.body = std::move(waiting.call.body);
  request.ca_file = access_.ca_file;
  request.timeout = waiting.call.timeout;
  request.max_answer_bytes = waiting.call.max_answer_bytes;
  request.certificate_time = certificate_time();
  http_.begin(std::move(request),
              [this, object, may_be_missing, alive = std::weak_ptr<char>(alive_),
               done = std::move(waiting.done)](Result<HttpResponse> answer) {
                if (alive.expired()) return;
                on_answer(object, may_be_missing, answer);
                done(std::move(answer));
              });
}

void KubeApi::on_answer(KubeObject object, bool may_be_missing,
                        const Result<HttpResponse>& answer) {
  const KubeResult result = result_of(answer);
  const bool fine = result == KubeResult::ok || result == KubeResult::conflict ||
                    (result == KubeResult::not_found && may_be_missing) ||
                    (result == KubeResult::forbidden && object == KubeObject::api);
  if (fine || object == KubeObject::api) away_ = !fine;
  const auto success = success_of(answer);
  const auto news = health_.heard(object, result, fine, success ? "" : success.error().describe(),
                                  reactor_.now());
  if (news && on_news_) on_news_(*news);
}

std::optional<WallTime> KubeApi::certificate_time() {
  const auto right = true_time_ ? true_time_() : std::nullopt;
  if (!right) return std::nullopt;
  const Nanos forward = *right - reactor_.wall();
  if (magnitude(forward) < kIgnored || forward < -kMostBackward) return std::nullopt;
  ++certificate_shifts_;
  return right;
}

}  // namespace slewd::remedy
