// SPDX-License-Identifier: Apache-2.0
// Checks the limits of threads, file descriptors and memory, and explains a lack of them.
#pragma once

#include <exception>
#include <string>

#include "base/result.hpp"

namespace slewd::os {

struct Needs {
  int threads = 0;
  int descriptors = 0;
};

// Allocates what is needed for a moment and frees it, so that a limit is known before the clock is
// changed. Raises the soft limit of open files to the hard one first. Errors: `limit`, with the
// name of the limit, its value and what it should be. The main thread, before others start.
[[nodiscard]] Result<void> try_resources(const Needs& needs);

// For `failure` of the standard library (std::system_error, std::bad_alloc): the missing resource,
// and the limits that may be the reason.
[[nodiscard]] Error resource_error(const std::exception& failure);

// A thread that cannot get memory or another thread ends the process with that error on stderr and
// `status`, in place of an abort.
void end_on_lack_of_resources(int status);

// Ends the process with `status` if it still runs after `seconds`.
void end_within(unsigned seconds, int status);

}  // namespace slewd::os
