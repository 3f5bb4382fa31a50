// SPDX-License-Identifier: Apache-2.0
// A row of `slewctl doctor`.
#pragma once

#include <string>

#include "agent/os/machine/sign_sampler.hpp"

namespace slewd::app {

struct DoctorFinding {
  std::string name;
  os::WitnessState state = os::WitnessState::absent;
  std::string detail;   // the result, or the reason of a failure
  std::string use;      // its purpose
  std::string grant;    // how to grant it where it is refused; empty = impossible
  bool needed = false;  // slewd cannot work without it
};

}  // namespace slewd::app
