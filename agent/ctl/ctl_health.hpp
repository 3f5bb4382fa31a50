// SPDX-License-Identifier: Apache-2.0
// Checks the daemon's health for a supervisor: /-/healthy and /-/ready.
#pragma once

#include <string>

#include "base/result.hpp"

namespace slewd::app {

struct HealthQuestion {
  std::string socket;  // the daemon's unix socket
  std::string url;     // http://HOST:PORT instead, when it is not empty
  bool ready = false;  // ask for readiness instead of liveness
};

// The daemon's answer, one line. Errors: limit when it is not healthy or ready, unavailable when it
// does not answer, invalid when `url` is malformed.
[[nodiscard]] Result<std::string> ask_health(const HealthQuestion& question);

}  // namespace slewd::app
