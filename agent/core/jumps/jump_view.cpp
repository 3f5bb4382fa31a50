// SPDX-License-Identifier: Apache-2.0
#include "agent/core/jumps/jump_view.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace slewd::core {
namespace {

std::size_t slot(JumpDirection direction) { return static_cast<std::size_t>(direction); }

}  // namespace

void JumpSizes::add(Nanos magnitude) {
  const double seconds = to_seconds(magnitude);
  const auto* const bound = std::ranges::lower_bound(kBounds, seconds);
  ++counts[static_cast<std::size_t>(bound - kBounds.begin())];
  sum += seconds;
}

void JumpView::note(const ClockEvent& event) {
  const ClockEvent* known = find(event.id);
  const bool counted = known != nullptr && known->size_known();
  const bool size_was_known = counted && known->size != Nanos{0};
  if (!counted && event.size_known())
    ++total[static_cast<std::size_t>(event.cause)][slot(event.direction())];
  if (known == nullptr) {
    recent.push_back(event);
  } else {
    std::vector<ClockEvent> events(recent.begin(), recent.end());
    *std::ranges::find(events, event.id, &ClockEvent::id) = event;
    recent = std::move(events);
  }
  if (event.size != Nanos{0} && !size_was_known)
    sizes[slot(event.direction())].add(magnitude(event.size));
  if (event.direction() == JumpDirection::backward && seen_by_programs(event.cause))
    largest_backward = std::max(largest_backward, magnitude(event.size));
}

const ClockEvent* JumpView::find(std::uint64_t id) const {
  const auto found = std::ranges::find(recent, id, &ClockEvent::id);
  return found == recent.end() ? nullptr : &*found;
}

}  // namespace slewd::core
