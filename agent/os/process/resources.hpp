// SPDX-License-Identifier: Apache-2.0
// What the kernel grants a process of threads, descriptors and memory, and what to say when it does
// not.
#pragma once

#include <exception>
#include <string>

#include "base/result.hpp"

namespace slewd::os {

struct Needs {
  int threads = 0;
  int descriptors = 0;
};

// Takes what is needed for a moment and gives it back, so that a limit is known before the clock is
// touched. Raises the soft limit of open files to the hard one first. Errors: `limit`, with the
// name of the limit, its value and what it should be. The main thread, before others start.
[[nodiscard]] Result<void> try_resources(const Needs& needs);

// For `failure` of the standard library (std::system_error, std::bad_alloc): what the kernel did
// not grant, and the limits that may be the reason.
[[nodiscard]] Error resource_error(const std::exception& failure);

// A thread that cannot get memory or another thread ends the process with that error on stderr and
// `status`, in place of an abort.
void end_on_lack_of_resources(int status);

// Ends the process with `status` when it still runs after `seconds`, whatever its threads wait for.
void end_within(unsigned seconds, int status);

}  // namespace slewd::os
