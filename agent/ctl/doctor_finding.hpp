// SPDX-License-Identifier: Apache-2.0
// A row of `slewctl doctor`.
#pragma once

#include <string>

#include "agent/os/machine/sign_sampler.hpp"

namespace slewd::app {

struct DoctorFinding {
  std::string name;
  os::WitnessState state = os::WitnessState::absent;
  std::string detail;   // what was found, or why not
  std::string use;      // what it is good for
  std::string grant;    // what to do where it is refused; empty = nothing helps
  bool needed = false;  // slewd cannot do its work without
};

}  // namespace slewd::app
