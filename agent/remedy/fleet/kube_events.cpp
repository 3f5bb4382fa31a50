// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/kube_events.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "agent/remedy/fleet/kube_json.hpp"
#include "base/one_line.hpp"
#include "base/utc.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr Nanos kSeries = 6min;           // without an equal event a series ends
constexpr std::size_t kNoteBytes = 1000;  // the API takes 1024
constexpr std::size_t kEventReasonBytes = 128;
// Events of objects that have no namespace, such as Nodes, live here.
constexpr const char* kPath = "/apis/events.k8s.io/v1/namespaces/default/events";
constexpr const char* kController = "slewd.io/slewd";

}  // namespace

KubeEvents::KubeEvents(os::Reactor& reactor, KubeApi& api, std::string run, CorrectedTime corrected)
    : reactor_(reactor), api_(api), run_(std::move(run)), corrected_(std::move(corrected)) {}

void KubeEvents::forget_old() {
  std::erase_if(series_,
                [&](const auto& entry) { return reactor_.now() - entry.second.last > kSeries; });
  if (series_.size() < limits::kKubeEvents) return;
  series_.erase(
      std::ranges::min_element(series_, {}, [](const auto& entry) { return entry.second.last; }));
}

void KubeEvents::event(const std::string& reason, const std::string& note, Done done) {
  const Key key{one_line(reason, kEventReasonBytes), one_line(note, kNoteBytes)};
  forget_old();
  Series& series = series_[key];
  series.last = reactor_.now();
  if (series.created) return count_up(key, series, std::move(done));
  create(key, series, std::move(done));
}

void KubeEvents::create(const Key& key, Series& series, Done done) {
  const std::string& node = api_.access().node;
  series.name = node.substr(0, 200) + "." + run_ + "." + std::to_string(++last_);
  const json event = {
      {"apiVersion", "events.k8s.io/v1"},
      {"kind", "Event"},
      {"metadata", {{"name", series.name}, {"namespace", "default"}}},
      {"eventTime", utc_text(corrected_(), kMicroTime)},
      {"reportingController", kController},
      {"reportingInstance", api_.access().pod},
      {"action", "Report"},
      {"reason", key.first},
      // The uid of a Node's events is its name, as the kubelet has it.
      {"regarding", {{"apiVersion", "v1"}, {"kind", "Node"}, {"name", node}, {"uid", node}}},
      {"note", key.second},
      {"type", "Warning"}};
  KubeCall call;
  call.method = "POST";
  call.object = KubeObject::event;
  call.path = kPath;
  call.content_type = "application/json";
  call.body = body_text(event);
  api_.call(std::move(call), [this, key, name = series.name,
                              done = std::move(done)](const Result<HttpResponse>& answer) {
    auto result = success_of(answer);
    const auto found = series_.find(key);
    if (result && found != series_.end() && found->second.name == name)
      found->second.created = true;
    done(std::move(result));
  });
}

void KubeEvents::count_up(const Key& key, Series& series, Done done) {
  ++series.count;
  const json patch = {
      {"series",
       {{"count", series.count}, {"lastObservedTime", utc_text(corrected_(), kMicroTime)}}}};
  KubeCall call;
  call.object = KubeObject::event;
  call.may_be_missing = true;
  call.method = "PATCH";
  call.path = std::string(kPath) + "/" + series.name;
  call.content_type = "application/merge-patch+json";
  call.body = body_text(patch);
  api_.call(std::move(call),
            [this, key, done = std::move(done)](const Result<HttpResponse>& answer) {
              // Events live an hour or less: one that is gone begins anew.
              const auto found = series_.find(key);
              if (answer && answer->status == 404 && found != series_.end()) {
                const MonoTime last = found->second.last;
                found->second = Series{};
                found->second.last = last;
                return create(key, found->second, done);
              }
              done(success_of(answer));
            });
}

}  // namespace slewd::remedy
