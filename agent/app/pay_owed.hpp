// SPDX-License-Identifier: Apache-2.0
// `slewd resume-services`: starts what a planned step has stopped when its slewd cannot do so any
// more.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/core/ports.hpp"
#include "base/result.hpp"

namespace slewd::app {

// Where the book of what is owed lies.
[[nodiscard]] std::string owed_book_path(const std::string& state_directory);

struct PayOwedOptions {
  std::string state_directory;
  bool wait = false;  // until nothing is owed any more, looking once a second
  // Run once nothing is owed, while nobody can add anything: it ends whoever runs us. Empty: none.
  std::vector<std::string> when_empty;
};

// Pays what is past its deadline or of another boot, and everything when no slewd keeps the book.
// What cannot be paid stays in the book and is told. Errors: the book cannot be read, or (without
// `wait`) something could not be paid. Blocks; on a thread of its own.
[[nodiscard]] Result<void> pay_owed(const PayOwedOptions& options, const core::Clock& clock,
                                    const std::function<void(const std::string&)>& tell);

// The command of the unit's timer: how slewd-resume-services.timer, which runs `slewd
// resume-services` again and again, is started, and how it is stopped. docs/planned-steps.md.
[[nodiscard]] std::vector<std::string> owed_timer_command(const std::string& verb);

// What arms the dead-man: the timer where systemd is, else a `slewd resume-services` of its own
// that reads the same configuration.
[[nodiscard]] std::vector<std::string> deadman_command(const std::string& config);

// Goes on as a process of its own, in a session of its own, that outlives whoever has started us:
// returns in that process alone. `ready` = tell the starter, who ends with 0 then.
[[nodiscard]] Result<std::function<void()>> detach();

}  // namespace slewd::app
