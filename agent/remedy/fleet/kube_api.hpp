// SPDX-License-Identifier: Apache-2.0
// Requests to the Kubernetes API with the pod's service account: a few at once, then at most one a
// second, whatever happens. Agent thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/os/reactor.hpp"
#include "agent/remedy/fleet/kube_access.hpp"
#include "agent/remedy/fleet/kube_health.hpp"
#include "agent/remedy/web/http_client.hpp"
#include "base/jitter.hpp"

namespace slewd::remedy {

struct KubeCall {
  std::string method = "GET";
  std::string path;          // with its query
  std::string content_type;  // of the body
  std::string body;
  std::string accept = "application/json";
  Nanos timeout = std::chrono::seconds(10);
  std::size_t max_answer_bytes = limits::kHttpCallAnswerBytes;
  KubeObject object = KubeObject::slot;  // what it is about
  bool may_be_missing = false;           // that it is not there is no failure
};

class KubeApi {
 public:
  using Done = HttpClient::Done;
  using TrueTime = std::function<std::optional<WallTime>()>;

  KubeApi(os::Reactor& reactor, HttpClient& http, KubeAccess access);
  // Requests that wait are dropped, those in flight go on, without a report.
  ~KubeApi() = default;
  KubeApi(const KubeApi&) = delete;
  KubeApi& operator=(const KubeApi&) = delete;

  // Reports once, possibly from within call(); any status is an answer.
  void call(KubeCall call, Done done);

  // Asks from now on whether the API is ready and takes the token, so that a pod that wants
  // nothing of it knows, too: a failure is known 45 s after it begins. `seed` spreads the pods.
  void watch(std::uint64_t seed);
  // The last such question was refused or not answered, and no other has been answered since.
  [[nodiscard]] bool away() const { return away_; }

  // With a clock that is wrong by years the API's certificate seems expired or not yet valid. The
  // hook tells the right time when sources agree on it, else nothing; the certificate's period, and
  // nothing else, is then judged by it. Forward by any amount, which can only make a certificate
  // expire; backward by limits::kCertificateShiftDays at most, or an attacker who forges time could
  // revive an expired one.
  void set_true_time(TrueTime hook) { true_time_ = std::move(hook); }
  // Requests whose certificate was judged by the hook's time.
  [[nodiscard]] std::uint64_t certificate_shifts() const { return certificate_shifts_; }

  // How it answers, and a hook for what is to be logged.
  [[nodiscard]] const KubeHealth& health() const { return health_; }
  void on_news(std::function<void(const KubeNews&)> hook) { on_news_ = std::move(hook); }

  [[nodiscard]] const KubeAccess& access() const { return access_; }

 private:
  struct Waiting {
    KubeCall call;
    Done done;
  };
  void serve();
  void send(Waiting waiting);
  void ask_whether_ready();
  void on_answer(KubeObject object, bool may_be_missing, const Result<HttpResponse>& answer);
  [[nodiscard]] std::optional<WallTime> certificate_time();

  os::Reactor& reactor_;
  HttpClient& http_;
  KubeAccess access_;
  TrueTime true_time_;
  KubeHealth health_;
  std::function<void(const KubeNews&)> on_news_;
  std::uint64_t certificate_shifts_ = 0;
  std::deque<Waiting> waiting_;
  MonoTime next_free_;  // each request moves it on by a second
  os::Timer turn_;
  Jitter spread_{0};
  os::Timer next_watch_;
  bool away_ = false;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

// What an answer that is no success says: "403: leases is forbidden...". One line.
[[nodiscard]] std::string describe_failure(const HttpResponse& answer);

// 2xx is nothing; anything else, or no answer, is why not.
[[nodiscard]] Result<void> success_of(const Result<HttpResponse>& answer);

// The decimals of utc_text() in what Kubernetes calls a MicroTime. The time is for people.
inline constexpr std::size_t kMicroTime = 6;

}  // namespace slewd::remedy
