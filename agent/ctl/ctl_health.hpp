// SPDX-License-Identifier: Apache-2.0
// Whether the daemon is alive and serves, as a supervisor asks: /-/healthy and /-/ready.
#pragma once

#include <string>

#include "base/result.hpp"

namespace slewd::app {

struct HealthQuestion {
  std::string socket;  // the daemon's unix socket
  std::string url;     // http://HOST:PORT instead, when it is not empty
  bool ready = false;  // whether it has something to say, not only whether it lives
};

// What the daemon says of itself, one line. Errors: limit when it says no, unavailable when it does
// not answer, invalid when `url` is none.
[[nodiscard]] Result<std::string> ask_health(const HealthQuestion& question);

}  // namespace slewd::app
