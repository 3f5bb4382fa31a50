// SPDX-License-Identifier: Apache-2.0
// One slewd for each state folder: two would slew the same clock against each other.
#pragma once

#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::os {

// Takes the lock `folder`/lock for the life of the descriptor; creates a missing folder. The kernel
// releases it when the holder ends in any way. `limit` when another process holds it; other codes
// when the folder is unusable, which does not prove that another slewd runs. Blocks on the disk.
[[nodiscard]] Result<Fd> lock_instance(const std::string& folder);

}  // namespace slewd::os
