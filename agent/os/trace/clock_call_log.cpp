// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/clock_call_log.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"

namespace slewd::os {

void ClockCallLog::add(core::ClockCall call) {
  const auto later = std::ranges::upper_bound(calls_, call.at, {}, &core::ClockCall::at);
  calls_.insert(later, std::move(call));
  const RawTime oldest = calls_.back().at - std::chrono::seconds(limits::kClockCallSeconds);
  const auto kept = std::ranges::lower_bound(calls_, oldest, {}, &core::ClockCall::at);
  calls_.erase(calls_.begin(), kept);
  make_room();
}

void ClockCallLog::make_room() {
  if (calls_.size() <= limits::kClockCalls) return;
  const auto read = std::ranges::find(calls_, false, &core::ClockCall::sets);
  calls_.erase(read == calls_.end() ? calls_.begin() : read);
}

std::vector<core::ClockCall> ClockCallLog::since(RawTime from) const {
  const auto first = std::ranges::lower_bound(calls_, from, {}, &core::ClockCall::at);
  return {first, calls_.end()};
}

std::optional<ProcessIdentity> ClockCallLog::known(int process) const {
  const auto is_known = [process](const core::ClockCall& call) {
    return call.process == process && !call.command.empty();
  };
  const auto last = std::find_if(calls_.rbegin(), calls_.rend(), is_known);
  if (last == calls_.rend()) return std::nullopt;
  return ProcessIdentity{last->command, last->origin};
}

}  // namespace slewd::os
