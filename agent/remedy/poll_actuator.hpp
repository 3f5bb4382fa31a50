// Acts on slewd's own polling: narrows the core's poll range, or asks for a burst.
#pragma once

#include "agent/remedy/actuator.hpp"
#include "base/result.hpp"

namespace slewd::remedy {

// The core as this library sees it. Implemented by agent/app; called on the agent thread.
class PollControl {
 public:
  virtual ~PollControl() = default;
  // The configuration's own range stays the outer limit.
  virtual Result<void> set_poll_range(Nanos minimum, Nanos maximum) = 0;
  virtual Result<void> burst() = 0;
};

class PollActuator final : public Actuator {
 public:
  explicit PollActuator(PollControl& control) : control_(control) {}

  // Of PollAction and BurstAction; anything else is refused. Reports from within begin().
  void begin(std::uint64_t id, const rules::Action& action, Nanos timeout, Done done) override;
  void abandon(std::uint64_t) override {}

 private:
  PollControl& control_;
};

}  // namespace slewd::remedy
