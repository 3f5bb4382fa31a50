// SPDX-License-Identifier: Apache-2.0
// `slewd resume-services`: restarts services that an interrupted planned step left stopped.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/core/ports.hpp"
#include "base/result.hpp"

namespace slewd::app {

// The file of the undo log.
[[nodiscard]] std::string undo_log_path(const std::string& state_directory);

struct ResumeOptions {
  std::string state_directory;
  bool wait = false;  // until no undo is pending, with a check each second
  // Runs under the lock of the log once no undo is pending: stops the timer that runs us. Empty:
  // none.
  std::vector<std::string> when_empty;
};

// Executes undos that are due or of another boot, and all of them when no slewd holds the keeper
// lock. `print` gets a line for each. Errors: the undo log cannot be read, or (without `wait`) an
// undo has failed, which stays in the log. Blocks; on a thread of its own.
[[nodiscard]] Result<void> resume_services(const ResumeOptions& options, const core::Clock& clock,
                                           const std::function<void(const std::string&)>& print);

// The command that starts or stops slewd-resume-services.timer, which runs `slewd resume-services`
// periodically. docs/planned-steps.md.
[[nodiscard]] std::vector<std::string> resume_timer_command(const std::string& verb);

// The command that arms the fallback timer: the timer unit under systemd, else a `slewd
// resume-services` in the background with the same configuration.
[[nodiscard]] std::vector<std::string> fallback_command(const std::string& config);

// Continues in the background, in a process and session of its own; returns in that process only.
// The result, when called, lets the process that started us exit with 0.
[[nodiscard]] Result<std::function<void()>> detach();

}  // namespace slewd::app
