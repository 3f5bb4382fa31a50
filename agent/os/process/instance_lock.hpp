// SPDX-License-Identifier: Apache-2.0
// One slewd for each state folder: two that slew the same clock would fight.
#pragma once

#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::os {

// Takes the lock `folder`/lock, in a folder that is made when it is missing, for as long as the
// descriptor lives; the kernel frees it when its holder dies, however it dies. `limit` when another
// process holds it; other codes when the folder cannot be used at all, which is no proof of a
// rival. Blocks on the disk.
[[nodiscard]] Result<Fd> lock_instance(const std::string& folder);

}  // namespace slewd::os
