// SPDX-License-Identifier: Apache-2.0
// System calls that neither slewd nor a program of a rule has a use for, and that someone who has
// broken into it would: they are refused (EPERM) by the kernel, to the process and all that it
// starts, for as long as they run.
#pragma once

#include "base/result.hpp"

namespace slewd::os {

// For the main thread, before others start: threads and programs inherit the filter. Sets
// no_new_privs as well, and admits the calls of the machine's own architecture alone. Errors:
// `unsupported` in a build without libseccomp or on a kernel without filters.
[[nodiscard]] Result<void> refuse_needless_calls();

}  // namespace slewd::os
