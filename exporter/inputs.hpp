// SPDX-License-Identifier: Apache-2.0
// What the exporter shows and controls: provided by agent/app, which outlives it.
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
// implementation passes them to the owning threads and may wait for them, a few seconds at most.
// Error code `invalid` becomes 409, `permission` 403, anything else 503.
class Control {
 public:
  virtual ~Control() = default;
  // Without a duration: until resume(). Both return a warning if it will not survive a restart;
  // empty if it will.
  virtual Result<std::string> pause(std::string_view reason, std::optional<Nanos> duration) = 0;
  virtual Result<std::string> resume() = 0;
  virtual Result<void> burst() = 0;
  // Returns the errors of files that were refused; all other files are loaded.
  virtual Result<std::vector<std::string>> reload() = 0;
  // A planned step, or a preview of it (`dry`). A refusal is part of the answer, not an error.
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
