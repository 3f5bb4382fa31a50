// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/kube_health.hpp"

#include <algorithm>
#include <utility>

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kFirstReminder = 10min;
constexpr Nanos kLongestReminder = 4h;
constexpr Nanos kCalm = 10min;  // so long it must answer before a failure counts as a new one
// Longer than any wait between two tries: an API that is not asked is not known to fail.
constexpr Nanos kLastWordCounts = 15min;

std::size_t index(KubeObject object) { return static_cast<std::size_t>(object); }
std::size_t index(KubeResult result) { return static_cast<std::size_t>(result); }

std::string right_of(KubeObject object) {
  switch (object) {
    case KubeObject::slot:
      return "get and update of the lock's leases, by name (chart: fleet.slots)";
    case KubeObject::census:
      return "list, create and patch of leases (chart: fleet.census)";
    case KubeObject::condition:
      return "patch of nodes/status (chart: kubernetes.condition)";
    case KubeObject::taint:
      return "get and patch of nodes (chart: kubernetes.taint)";
    case KubeObject::event:
      return "create and patch of events in the namespace default (chart: kubernetes.events)";
    case KubeObject::api:
      return "get of /readyz";
  }
  return "";
}

}  // namespace

std::string_view to_string(KubeObject object) {
  constexpr std::array<std::string_view, kKubeObjects.size()> kWords{"slot",  "census", "condition",
                                                                     "taint", "event",  "api"};
  return kWords[index(object)];
}

std::string_view to_string(KubeResult result) {
  constexpr std::array<std::string_view, kKubeResults.size()> kWords{
      "ok",        "conflict", "not_found", "unauthorized", "forbidden",
      "throttled", "error",    "timeout",   "unreachable"};
  return kWords[index(result)];
}

KubeResult result_of(const Result<HttpResponse>& answer) {
  if (!answer) {
    if (answer.error().code() == ErrorCode::timeout) return KubeResult::timeout;
    const bool spoke =
        answer.error().code() == ErrorCode::invalid || answer.error().code() == ErrorCode::limit;
    return spoke ? KubeResult::error : KubeResult::unreachable;
  }
  if (answer->status / 100 == 2) return KubeResult::ok;
  switch (answer->status) {
    case 401:
      return KubeResult::unauthorized;
    case 403:
      return KubeResult::forbidden;
    case 404:
      return KubeResult::not_found;
    case 409:
      return KubeResult::conflict;
    case 429:
      return KubeResult::throttled;
    default:
      return KubeResult::error;
  }
}

std::string cure_of(KubeObject object, KubeResult result) {
  switch (result) {
    case KubeResult::unauthorized:
      return "the service account's token has expired or was revoked: delete this pod, the new one "
             "gets a new token";
    case KubeResult::forbidden:
      return "RBAC or an admission policy must allow the service account: " + right_of(object);
    case KubeResult::not_found:
      return "NODE_NAME must come from the field spec.nodeName";
    case KubeResult::throttled:
      return "the API server limits its clients: see its flow control";
    case KubeResult::error:
      return "see the log of the API server";
    case KubeResult::timeout:
    case KubeResult::unreachable:
      return "see whether the API server runs, and whether network policies let this pod reach it";
    case KubeResult::ok:
    case KubeResult::conflict:
      break;
  }
  return "";
}

std::optional<KubeNews> KubeHealth::heard(KubeObject object, KubeResult result, bool fine,
                                          const std::string& reason, MonoTime now) {
  State& state = states_[index(object)];
  ++state.counts[index(result)];
  state.heard = now;
  if (fine) {
    if (!state.fine_since) state.fine_since = now;
    const auto since = std::exchange(state.failing_since, std::nullopt);
    if (!since || !std::exchange(state.logged, false)) return std::nullopt;
    return KubeNews{object, false, result, "", now - *since};
  }
  const auto calm_since = std::exchange(state.fine_since, std::nullopt);
  if (!state.failing_since) state.failing_since = now;
  if (calm_since && now - *calm_since >= kCalm) state.quiet = Nanos{0};
  const bool quiet = state.quiet > Nanos{0} && now < state.quiet_until;
  // An API that refused the token after an outage needs another cure than the outage.
  if (quiet && state.reported[index(result)]) return std::nullopt;
  if (!quiet) {
    state.quiet = std::clamp(state.quiet * 2, kFirstReminder, kLongestReminder);
    state.quiet_until = now + state.quiet;
    state.reported = {};
  }
  state.reported[index(result)] = true;
  state.logged = true;
  return KubeNews{object, true, result, reason, now - *state.failing_since};
}

std::uint64_t KubeHealth::count(KubeObject object, KubeResult result) const {
  return states_[index(object)].counts[index(result)];
}

bool KubeHealth::failing(KubeObject object, MonoTime now) const {
  const State& state = states_[index(object)];
  return state.failing_since && now - state.heard <= kLastWordCounts;
}

}  // namespace slewd::remedy
