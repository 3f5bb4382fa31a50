// SPDX-License-Identifier: Apache-2.0
// Acts on slewd's own core: its poll range, a burst, the sources that it uses.
#pragma once

#include <string>

#include "agent/remedy/ports/actuator.hpp"
#include "base/result.hpp"

namespace slewd::remedy {

// The core as this library sees it. Implemented by agent/app; called on the agent thread.
class CoreControl {
 public:
  virtual ~CoreControl() = default;
  // The configuration's own range stays the outer limit.
  virtual Result<void> set_poll_range(Nanos minimum, Nanos maximum) = 0;
  virtual Result<void> burst() = 0;
  // No offset from any source for so long.
  virtual Result<void> hold_over(Nanos duration) = 0;
  // Ignores this source (name or address), or all "falsetickers", for so long.
  virtual Result<void> ban(const std::string& source, Nanos duration) = 0;
};

class CoreActuator final : public Actuator {
 public:
  explicit CoreActuator(CoreControl& control) : control_(control) {}

  // Of PollAction, BurstAction, HoldoverAction and BanAction; anything else is refused. Reports
  // from within begin().
  void begin(std::uint64_t id, const rules::Action& action, Nanos timeout, Done done) override;
  void abandon(std::uint64_t) override {}

 private:
  CoreControl& control_;
};

}  // namespace slewd::remedy
