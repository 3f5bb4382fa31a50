// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/kube_census.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "agent/remedy/fleet/kube_json.hpp"
#include "base/utc.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr Nanos kCensusHeartbeat = 5min;
constexpr Nanos kBetweenLists = 30s;
constexpr Nanos kFresh = 90s;
constexpr std::int64_t kLeaseSeconds = 720;  // for people: heartbeats of twelve minutes missing

// Labels and annotations of ours.
constexpr const char* kLabel = "slewd.io/census";
constexpr const char* kNode = "slewd.io/node";
constexpr const char* kSign = "slewd.io/offset";
constexpr const char* kWell = "slewd.io/well";

const char* word_of(OffsetSign sign) {
  switch (sign) {
    case OffsetSign::ahead:
      return "ahead";
    case OffsetSign::behind:
      return "behind";
    case OffsetSign::none:
      break;
  }
  return "none";
}

// Under its own name only: an admission policy can keep each pod to the name of its node.
std::optional<NodeReport> report_of(const json& item, const std::string& prefix) {
  if (!item.is_object() || !item.contains("metadata")) return std::nullopt;
  const json& metadata = item["metadata"];
  if (!metadata.is_object() || !metadata.contains("annotations")) return std::nullopt;
  const json& notes = metadata["annotations"];
  if (!notes.is_object()) return std::nullopt;
  NodeReport report;
  report.node = text_member(notes, kNode);
  report.version = text_member(metadata, "resourceVersion");
  if (report.node.empty() || report.version.empty() ||
      text_member(metadata, "name") != prefix + "-" + report.node)
    return std::nullopt;
  const std::string sign = text_member(notes, kSign);
  report.sign = sign == "ahead"    ? OffsetSign::ahead
                : sign == "behind" ? OffsetSign::behind
                                   : OffsetSign::none;
  report.well = text_member(notes, kWell) == "true";
  return report;
}

}  // namespace

Result<std::vector<NodeReport>> parse_census(std::string_view body, const std::string& prefix) {
  const json list = json::parse(body, nullptr, false);
  if (!list.is_object() || !list.contains("items") || !list["items"].is_array())
    return fail(ErrorCode::invalid, "the API's answer is no list");
  std::vector<NodeReport> reports;
  for (const json& item : list["items"]) {
    auto report = report_of(item, prefix);
    if (!report) continue;
    if (reports.size() >= limits::kFleetNodes)
      return fail(ErrorCode::limit, "more than " + std::to_string(limits::kFleetNodes) + " nodes");
    reports.push_back(std::move(*report));
  }
  return reports;
}

KubeCensus::KubeCensus(os::Reactor& reactor, KubeApi& api, std::string prefix, StormPlan plan,
                       CorrectedTime corrected)
    : reactor_(reactor),
      api_(api),
      prefix_(std::move(prefix)),
      corrected_(std::move(corrected)),
      judge_(plan),
      heartbeat_(reactor) {}

std::string KubeCensus::path() const {
  return "/apis/coordination.k8s.io/v1/namespaces/" + api_.access().name_space + "/leases";
}

std::string KubeCensus::lease_text() const {
  const KubeAccess& access = api_.access();
  // With its pod goes its lease: a node that is taken away leaves nothing behind.
  const json owner = {
      {"apiVersion", "v1"}, {"kind", "Pod"}, {"name", access.pod}, {"uid", access.pod_uid}};
  json lease = {{"apiVersion", "coordination.k8s.io/v1"}, {"kind", "Lease"}};
  lease["metadata"] = {
      {"name", prefix_ + "-" + access.node},
      {"labels", {{kLabel, prefix_}}},
      {"annotations",
       {{kNode, access.node}, {kSign, word_of(sign_)}, {kWell, well_ ? "true" : "false"}}},
      {"ownerReferences", json::array({owner})}};
  lease["spec"] = {{"holderIdentity", access.node},
                   {"leaseDurationSeconds", kLeaseSeconds},
                   {"renewTime", utc_text(corrected_(), kMicroTime)}};
  return body_text(lease);
}

void KubeCensus::report(OffsetSign sign, bool well) {
  if (reported_ && sign == sign_ && well == well_) return;
  reported_ = true;
  sign_ = sign;
  well_ = well;
  if (writing_) {
    changed_ = true;
  } else {
    write();
  }
}

void KubeCensus::write() {
  writing_ = true;
  heartbeat_.start(reactor_.now() + kCensusHeartbeat, [this] {
    if (!writing_) write();
  });
  KubeCall call;
  call.object = KubeObject::census;
  call.may_be_missing = true;
  call.method = "PATCH";
  call.path = path() + "/" + prefix_ + "-" + api_.access().node;
  call.content_type = "application/merge-patch+json";
  call.body = lease_text();
  api_.call(std::move(call), [this](const Result<HttpResponse>& answer) {
    if (answer && answer->status == 404) return create();
    on_written(answer);
  });
}

void KubeCensus::create() {
  KubeCall call;
  call.object = KubeObject::census;
  call.method = "POST";
  call.path = path();
  call.content_type = "application/json";
  call.body = lease_text();
  api_.call(std::move(call), [this](const Result<HttpResponse>& answer) { on_written(answer); });
}

void KubeCensus::on_written(const Result<HttpResponse>& answer) {
  writing_ = false;
  const auto result = success_of(answer);
  problem_ = result ? "" : result.error().describe();
  // A failed write waits for the heartbeat, or for the next change.
  if (std::exchange(changed_, false)) write();
}

void KubeCensus::look() {
  const BootTime now = reactor_.boot();
  if (listing_ || (asked_ && now - *asked_ < kBetweenLists)) return;
  listing_ = true;
  asked_ = now;
  KubeCall call;
  call.object = KubeObject::census;
  // Version 0: whatever the API has in memory, which costs its store nothing.
  call.path = path() + "?resourceVersion=0&labelSelector=slewd.io%2Fcensus%3D" + prefix_;
  call.accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
  call.max_answer_bytes = limits::kKubeListBytes;
  api_.call(std::move(call), [this](const Result<HttpResponse>& answer) { on_list(answer); });
}

void KubeCensus::on_list(const Result<HttpResponse>& answer) {
  listing_ = false;
  if (const auto success = success_of(answer); !success) {
    problem_ = success.error().describe();
    return;
  }
  const auto reports = parse_census(answer->body, prefix_);
  problem_ = reports ? "" : reports.error().describe();
  if (!reports) return;
  const bool begins = judge_.observe(*reports, reactor_.boot());
  if (begins && on_storm_) on_storm_(judge_.view());
}

std::optional<FleetHealth> KubeCensus::health() const {
  const auto observed = judge_.observed();
  if (!observed || reactor_.boot() - *observed > kFresh) return std::nullopt;
  return judge_.health();
}

Result<FleetHealth> KubeCensus::known_health() const {
  if (const auto known = health()) return *known;
  return fail(ErrorCode::unavailable, "the state of the other nodes is unknown" +
                                          (problem_.empty() ? "" : ": " + problem_));
}

}  // namespace slewd::remedy
