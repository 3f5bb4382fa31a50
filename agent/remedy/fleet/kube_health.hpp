// SPDX-License-Identifier: Apache-2.0
// How the Kubernetes API answers, by what it is asked about: counted for the metrics, and logged
// where it changes. An API that goes on failing is logged less and less often. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/remedy/web/http_client.hpp"
#include "base/timeline.hpp"

namespace slewd::remedy {

// Each stands under a right of its own; `api` is the API itself, for which no right is needed.
enum class KubeObject { slot, census, condition, taint, event, api };
inline constexpr std::array kKubeObjects{KubeObject::slot,      KubeObject::census,
                                         KubeObject::condition, KubeObject::taint,
                                         KubeObject::event,     KubeObject::api};
[[nodiscard]] std::string_view to_string(KubeObject object);

enum class KubeResult {
  ok,
  conflict,      // 409: another writer was first
  not_found,     // 404
  unauthorized,  // 401: the token
  forbidden,     // 403: the rights
  throttled,     // 429
  error,         // any other status, or an answer that is not HTTP
  timeout,
  unreachable,  // no connection, no certificate that is believed, no token to send
};
inline constexpr std::array kKubeResults{
    KubeResult::ok,           KubeResult::conflict,  KubeResult::not_found,
    KubeResult::unauthorized, KubeResult::forbidden, KubeResult::throttled,
    KubeResult::error,        KubeResult::timeout,   KubeResult::unreachable};
[[nodiscard]] std::string_view to_string(KubeResult result);
[[nodiscard]] KubeResult result_of(const Result<HttpResponse>& answer);

// What would make the API answer: a rule of RBAC with the chart's switch, a token, a network.
[[nodiscard]] std::string cure_of(KubeObject object, KubeResult result);

struct KubeNews {
  KubeObject object = KubeObject::slot;
  bool failing = false;  // false: it answers again
  KubeResult result = KubeResult::ok;
  std::string reason;  // one line for people, when it fails
  Nanos lasted{};      // since the first of the failures in a row
};

class KubeHealth {
 public:
  // `fine`: the answer is one of those that were to be expected. News where they are due.
  std::optional<KubeNews> heard(KubeObject object, KubeResult result, bool fine,
                                const std::string& reason, MonoTime now);

  [[nodiscard]] std::uint64_t count(KubeObject object, KubeResult result) const;
  // The newest answer was a failure; one that is old says nothing any more.
  [[nodiscard]] bool failing(KubeObject object, MonoTime now) const;

 private:
  struct State {
    std::array<std::uint64_t, kKubeResults.size()> counts{};
    std::optional<MonoTime> failing_since;
    std::optional<MonoTime> fine_since;
    MonoTime heard;
    bool logged = false;   // of the failures in a row
    MonoTime quiet_until;  // no news before, but of a failure of another kind
    Nanos quiet{};
    std::array<bool, kKubeResults.size()> reported{};  // kinds since then
  };
  std::array<State, kKubeObjects.size()> states_;
};

}  // namespace slewd::remedy
