// SPDX-License-Identifier: Apache-2.0
// What is known to suffer when a clock is stepped, and while it is wrong. Facts about other
// people's programs, each measured or read in their source; docs/simulate.md names the versions.
#pragma once

#include <string>
#include <vector>

#include "base/timeline.hpp"

namespace slewd::lab {

struct Harm {
  std::string service;
  std::string effect;
};

// Of a step by `size`, signed: negative sets the clock back.
[[nodiscard]] std::vector<Harm> harms_of_step(Nanos size);

// Of a clock that is off by `size` either way, as long as it is.
[[nodiscard]] std::vector<Harm> harms_of_error(Nanos size);

}  // namespace slewd::lab
