// SPDX-License-Identifier: Apache-2.0
// Effects on other programs of a clock step, and of a wrong clock. Each was measured or read in the
// program's source; docs/simulate.md names the versions.
#pragma once

#include <string>
#include <vector>

#include "base/timeline.hpp"

namespace slewd::lab {

struct Harm {
  std::string service;
  std::string effect;
};

// Effects of a step by `size`; negative sets the clock back.
[[nodiscard]] std::vector<Harm> harms_of_step(Nanos size);

// Effects of a clock that is off by `size` in either direction.
[[nodiscard]] std::vector<Harm> harms_of_error(Nanos size);

}  // namespace slewd::lab
