// SPDX-License-Identifier: Apache-2.0
// A probe asks a service whether it serves, and answers later: it never blocks the agent thread.
#pragma once

#include <functional>
#include <string>

#include "base/timeline.hpp"
#include "rules/status.hpp"

namespace slewd::remedy {

struct ProbeResult {
  // `unknown` when the question could not be put (no password file, no descriptor left): that says
  // nothing of the service, and no rule may act upon it.
  rules::ProbeState state = rules::ProbeState::unknown;
  std::string detail;  // one line for people: what was seen, or what was missing
  Nanos took{};
};

class Probe {
 public:
  virtual ~Probe() = default;  // ends a run in flight without a report

  // Starts one run, at most one at a time. Calls `done` exactly once, within the probe's deadline,
  // and never from within begin(). `done` may destroy the probe.
  virtual void begin(std::function<void(ProbeResult)> done) = 0;
};

}  // namespace slewd::remedy
