// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/slot_plan.hpp"

#include <algorithm>

#include "agent/remedy/fleet/fleet.hpp"
#include "base/duration.hpp"
#include "base/limits.hpp"

namespace slewd::remedy {
namespace {

constexpr Nanos kShortestTtl = std::chrono::seconds(15);  // a renewal must fit into a third of it
constexpr Nanos kLongest = std::chrono::seconds(limits::kLeaseSeconds);
constexpr Nanos kLongestJitter = std::chrono::hours(1);
constexpr std::size_t kPrefixBytes = 240;  // an object's name has at most 253

// As Kubernetes names objects (RFC 1123): lower case, digits, '-' and '.' inside.
bool is_object_name(const std::string& text) {
  const auto inner = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= kPrefixBytes && std::ranges::all_of(text, inner) &&
         text.front() != '-' && text.front() != '.';
}

}  // namespace

std::optional<Error> problem_of(const SlotPlan& plan) {
  const auto wrong = [&](const std::string& what) {
    return Error(ErrorCode::invalid, "lock '" + plan.lock + "': " + what);
  };
  if (plan.lock.empty()) return wrong("has no name");
  if (!is_object_name(plan.prefix))
    return wrong("the prefix '" + plan.prefix +
                 "' must be lower case letters, digits, '-' and '.'");
  if (plan.slots < 1 || plan.slots > limits::kFleetSlots)
    return wrong("slots must be 1 to " + std::to_string(limits::kFleetSlots));
  if (plan.ttl < kShortestTtl || plan.ttl > kLongest)
    return wrong("ttl must be " + format(kShortestTtl) + " to " + format(kLongest));
  if (plan.interval < Nanos{0} || plan.interval > kLongest)
    return wrong("interval must be 0s to " + format(kLongest));
  if (plan.jitter < Nanos{0} || plan.jitter > kLongestJitter)
    return wrong("jitter must be 0s to " + format(kLongestJitter));
  if (!(plan.min_healthy_share >= 0 && plan.min_healthy_share <= 1) || plan.min_healthy < 0)
    return wrong("min_healthy must be a number of nodes, its share 0 to 1");
  return std::nullopt;
}

std::string_view to_string(SlotState state) {
  switch (state) {
    case SlotState::idle:
      return "idle";
    case SlotState::waiting:
      return "waiting";
    case SlotState::held:
      return "held";
    case SlotState::lost:
      return "lost";
    case SlotState::cooling:
      return "cooling";
    case SlotState::unreachable:
      return "unreachable";
  }
  return "unknown";
}

}  // namespace slewd::remedy
