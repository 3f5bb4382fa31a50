// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/lease_json.hpp"

#include <algorithm>
#include <chrono>

#include <nlohmann/json.hpp>

#include "agent/remedy/fleet/kube_api.hpp"
#include "agent/remedy/fleet/kube_json.hpp"
#include "base/limits.hpp"
#include "base/utc.hpp"

namespace slewd::remedy {
namespace {

using nlohmann::json;

constexpr std::size_t kHolderBytes = 512;  // ours have some 150

tl::unexpected<Error> no_lease(const char* what) {
  return fail(ErrorCode::invalid, std::string("no Lease: ") + what);
}

std::int64_t integer(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace

Result<Lease> parse_lease(std::string_view body) {
  const json object = json::parse(body, nullptr, false);
  if (!object.is_object()) return no_lease("not an object");
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return no_lease("without metadata");
  Lease lease;
  lease.resource_version = text_member(*metadata, "resourceVersion");
  if (lease.resource_version.empty()) return no_lease("without a resourceVersion");
  const auto spec = object.find("spec");
  if (spec == object.end()) return lease;  // as Helm has made it: free
  if (!spec->is_object()) return no_lease("its spec is not an object");
  lease.holder = text_member(*spec, "holderIdentity");
  if (lease.holder.size() > kHolderBytes) return no_lease("its holder is too long");
  lease.transitions = std::max<std::int64_t>(integer(*spec, "leaseTransitions"), 0);
  lease.duration = std::chrono::seconds(
      std::clamp<std::int64_t>(integer(*spec, "leaseDurationSeconds"), 0, limits::kLeaseSeconds));
  return lease;
}

Result<std::string> with_lease(std::string_view body, const Lease& lease, bool taken,
                               WallTime now) {
  json object = json::parse(body, nullptr, false);
  if (!object.is_object() || !object.contains("metadata") || !object["metadata"].is_object())
    return no_lease("not an object with metadata");
  object["metadata"]["resourceVersion"] = lease.resource_version;
  object["metadata"].erase("managedFields");
  if (!object.contains("spec") || !object["spec"].is_object()) object["spec"] = json::object();
  json& spec = object["spec"];
  const std::int64_t duration = std::clamp<std::int64_t>(
      std::chrono::ceil<std::chrono::seconds>(lease.duration).count(), 1, limits::kLeaseSeconds);
  spec["holderIdentity"] = lease.holder;
  spec["leaseDurationSeconds"] = duration;
  spec["leaseTransitions"] = lease.transitions;
  spec["renewTime"] = utc_text(now, kMicroTime);
  if (taken) spec["acquireTime"] = utc_text(now, kMicroTime);
  return body_text(object);
}

}  // namespace slewd::remedy
