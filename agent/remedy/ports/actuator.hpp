// SPDX-License-Identifier: Apache-2.0
// What carries out one action. It begins work, never blocks, and reports exactly once.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/timeline.hpp"
#include "rules/intent.hpp"

namespace slewd::remedy {

struct ActResult {
  // done, failed, timed_out or refused.
  rules::Ending ending = rules::Ending::failed;
  std::string detail;  // one line for people: exit status and output, or the reason
  // The same without what a program printed, for everybody; empty = nothing was printed.
  std::string outline{};

  [[nodiscard]] const std::string& open_detail() const {
    return outline.empty() ? detail : outline;
  }
};

class Actuator {
 public:
  using Done = std::function<void(ActResult)>;

  virtual ~Actuator() = default;

  // `id` is the caller's, unique among the actions in flight. `done` may be called from within
  // begin(), and comes within `timeout` and a few seconds more.
  virtual void begin(std::uint64_t id, const rules::Action& action, Nanos timeout, Done done) = 0;
  // Ends the action by force, without a report. An unknown id is ignored.
  virtual void abandon(std::uint64_t id) = 0;
};

}  // namespace slewd::remedy
