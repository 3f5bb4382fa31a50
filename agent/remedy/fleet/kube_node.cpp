// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/kube_node.hpp"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "agent/remedy/fleet/kube_json.hpp"
#include "base/one_line.hpp"
#include "base/utc.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr Nanos kConditionHeartbeat = 5min;
constexpr int kTaintTries = 3;
constexpr std::size_t kConditionMessageBytes = 1024;
constexpr std::size_t kConditionReasonBytes = 128;
constexpr std::size_t kNodeBytes = std::size_t{1} << 20;  // a Node lists its images

bool is_taint(const json& taint, const std::string& key, TaintEffect effect) {
  return taint.is_object() && taint.value("key", json()) == key &&
         taint.value("effect", json()) == std::string(to_string(effect));
}

// The merge patch that makes the taint present or not; nothing when it is so already.
Result<std::optional<json>> taint_patch(const std::string& body, const std::string& key,
                                        TaintEffect effect, bool present) {
  const json node = json::parse(body, nullptr, false);
  const json::json_pointer version("/metadata/resourceVersion");
  const json::json_pointer place("/spec/taints");
  if (!node.is_object() || !node.contains(version) || !node[version].is_string())
    return fail(ErrorCode::invalid, "the API's answer is no Node");
  json taints = json::array();
  bool found = false;
  if (node.contains(place) && node[place].is_array())
    for (const json& taint : node[place]) {
      const bool ours = is_taint(taint, key, effect);
      found = found || ours;
      if (!ours || present) taints.push_back(taint);
    }
  if (found == present) return std::optional<json>();
  if (present) taints.push_back({{"key", key}, {"effect", std::string(to_string(effect))}});
  json patch;
  patch["metadata"]["resourceVersion"] = node[version];
  patch["spec"]["taints"] = std::move(taints);
  return std::optional<json>(std::move(patch));
}

}  // namespace

std::string_view to_string(TaintEffect effect) {
  switch (effect) {
    case TaintEffect::no_schedule:
      return "NoSchedule";
    case TaintEffect::prefer_no_schedule:
      return "PreferNoSchedule";
    case TaintEffect::no_execute:
      return "NoExecute";
  }
  return "PreferNoSchedule";
}

KubeNode::KubeNode(os::Reactor& reactor, KubeApi& api, CorrectedTime corrected)
    : api_(api), corrected_(std::move(corrected)), reactor_(reactor), heartbeat_(reactor) {}

void KubeNode::set_condition(bool unsafe, std::string reason, std::string message, Done done) {
  const Condition asked{unsafe, one_line(reason, kConditionReasonBytes),
                        one_line(message, kConditionMessageBytes)};
  if (written_ && asked == wanted_) return done({});
  wanted_ = asked;
  write_condition(!known_status_ || written_status_ != unsafe, std::move(done));
}

void KubeNode::write_condition(bool changed, Done done) {
  const std::string now = utc_text(corrected_(), 0);
  json condition = {{"type", std::string(kNodeCondition)},
                    {"status", wanted_.unsafe ? "True" : "False"},
                    {"reason", wanted_.reason},
                    {"message", wanted_.message},
                    {"lastHeartbeatTime", now}};
  if (changed) condition["lastTransitionTime"] = now;
  json patch;
  patch["status"]["conditions"] = json::array({std::move(condition)});
  heartbeat_.start(reactor_.now() + kConditionHeartbeat, [this] {
    write_condition(!known_status_ || written_status_ != wanted_.unsafe, [](const auto&) {});
  });
  written_ = false;
  KubeCall call;
  call.method = "PATCH";
  call.path = "/api/v1/nodes/" + api_.access().node + "/status";
  call.content_type = "application/strategic-merge-patch+json";
  call.body = body_text(patch);
  call.max_answer_bytes = kNodeBytes;
  call.object = KubeObject::condition;
  api_.call(std::move(call),
            [this, asked = wanted_, done = std::move(done)](const Result<HttpResponse>& answer) {
              auto result = success_of(answer);
              if (result) {
                known_status_ = true;
                written_status_ = asked.unsafe;
                written_ = asked == wanted_;
              }
              done(std::move(result));
            });
}

void KubeNode::taint(const std::string& key, TaintEffect effect, bool present, Done done) {
  read_taints(std::make_shared<TaintChange>(
      TaintChange{key, effect, present, kTaintTries, std::move(done)}));
}

void KubeNode::read_taints(const std::shared_ptr<TaintChange>& change) {
  KubeCall call;
  call.path = "/api/v1/nodes/" + api_.access().node;
  call.max_answer_bytes = kNodeBytes;
  call.object = KubeObject::taint;
  api_.call(std::move(call), [this, change](const Result<HttpResponse>& answer) {
    if (auto read = success_of(answer); !read) return change->done(std::move(read));
    write_taints(change, answer->body);
  });
}

void KubeNode::write_taints(const std::shared_ptr<TaintChange>& change, const std::string& node) {
  const auto patch = taint_patch(node, change->key, change->effect, change->present);
  if (!patch) return change->done(fail(patch.error()));
  if (!*patch) return change->done({});
  KubeCall call;
  call.method = "PATCH";
  call.path = "/api/v1/nodes/" + api_.access().node;
  call.content_type = "application/merge-patch+json";
  call.body = body_text(**patch);
  call.max_answer_bytes = kNodeBytes;
  call.object = KubeObject::taint;
  api_.call(std::move(call), [this, change](const Result<HttpResponse>& answer) {
    // The list of taints is written as a whole, so only upon the node as it was read.
    if (answer && answer->status == 409 && --change->tries > 0) return read_taints(change);
    change->done(success_of(answer));
  });
}

}  // namespace slewd::remedy
