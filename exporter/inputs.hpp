// SPDX-License-Identifier: Apache-2.0
// What the exporter shows and whom it may command: handed over by agent/app, which outlives it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/ports.hpp"
#include "agent/core/snapshot.hpp"
#include "base/build_info.hpp"
#include "base/result.hpp"
#include "rules/status.hpp"

namespace slewd::exporter {

// The commands of the unix socket. Called on a worker thread, one or more at a time; an
// implementation hands over to the owning threads and may wait for them, a few seconds at most.
// Error code `invalid` becomes 409, `permission` 403, anything else 503.
class Control {
 public:
  virtual ~Control() = default;
  // Without a duration: until resume(). Both answer a warning: why a restart will not know of it;
  // empty when it will.
  virtual Result<std::string> pause(std::string_view reason, std::optional<Nanos> duration) = 0;
  virtual Result<std::string> resume() = 0;
  virtual Result<void> burst() = 0;
  // Answers what is refused of the files that stand for themselves; all else is in force.
  virtual Result<std::vector<std::string>> reload() = 0;
  // A planned step, or what it would do (`dry`). A refusal is in the answer, not an error.
  virtual Result<rules::StepAnswer> step(std::string_view reason, bool dry) = 0;
};

struct Inputs {
  const core::SnapshotBoard& snapshots;
  const rules::StatusBoard& statuses;
  const core::Clock& clock;    // now() is called from several threads
  Control* control = nullptr;  // null: commands answer 503
  BuildInfo build;
};

}  // namespace slewd::exporter
