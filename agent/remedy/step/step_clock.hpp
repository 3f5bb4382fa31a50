// SPDX-License-Identifier: Apache-2.0
// The core's side of a planned step, as the agent thread sees it. agent/app implements it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd::remedy {

struct StepOffer {
  std::optional<Nanos> size;  // the offset: negative = the wall clock would be set back
  std::string refused;        // why a step cannot be made now; empty = it can
};

struct StepMade {
  Nanos stepped{};  // by so much the wall clock was set; negative = back
  Nanos left{};     // the offset right after it
};

class StepClock {
 public:
  using Done = std::function<void(Result<StepMade>)>;
  virtual ~StepClock() = default;

  // Of the newest snapshot.
  [[nodiscard]] virtual StepOffer offer() const = 0;
  // Asks the core to step by its offset, which was announced as `announced`. It is not
  // done later than `not_after`. `done` comes on the agent thread, never from within step(), at
  // most once: not at all when the core has no time for it.
  virtual void step(Nanos announced, MonoTime not_after, Done done) = 0;
};

}  // namespace slewd::remedy
