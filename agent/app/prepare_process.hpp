// SPDX-License-Identifier: Apache-2.0
// What `slewd run` sets up before it starts a thread or touches the clock: its user, its
// privileges, and the lock of the state directory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/config/config.hpp"
#include "agent/os/trace/trace_events.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::app {

struct Grounds {
  // Why slewd does not start. Code `permission`: the configuration or its folders must change.
  std::optional<Error> refused;
  std::vector<std::string> warnings;  // for the log
  Fd lock;                            // of the state directory, for as long as slewd runs
  // Without value in a process of one thread.
  std::optional<os::CallTracing> tracing;
};

[[nodiscard]] Grounds prepare_process(const Config& config, bool single_thread);

}  // namespace slewd::app
