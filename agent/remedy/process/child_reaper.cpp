// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/process/child_reaper.hpp"

#include <algorithm>
#include <utility>

namespace slewd::remedy {

void ChildReaper::take(std::string owner, std::unique_ptr<ChildProcess> child) {
  if (!child->running()) return;
  const std::uint64_t key = ++last_;
  ChildProcess& process = *child;
  children_[key] = {std::move(owner), std::move(child)};
  process.abandon([this, key] { children_.erase(key); });
}

std::size_t ChildReaper::waiting(std::string_view owner) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      children_, [&](const auto& entry) { return entry.second.owner == owner; }));
}

}  // namespace slewd::remedy
