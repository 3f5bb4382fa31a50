// SPDX-License-Identifier: Apache-2.0
// A filter of system calls that neither slewd nor a rule's program needs but an attacker could use:
// the kernel refuses them (EPERM) to the process and all that it starts.
#pragma once

#include "base/result.hpp"

namespace slewd::os {

// For the main thread, before others start: threads and programs inherit the filter. Sets
// no_new_privs as well, and admits the calls of the machine's own architecture alone. Errors:
// `unsupported` in a build without libseccomp or on a kernel without filters.
[[nodiscard]] Result<void> refuse_needless_calls();

}  // namespace slewd::os
