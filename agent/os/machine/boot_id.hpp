// SPDX-License-Identifier: Apache-2.0
// The ID of this boot: with a boot time it orders records independently of the wall clock.
#pragma once

#include <string>

namespace slewd::app {

// From the kernel; empty if unavailable.
[[nodiscard]] std::string boot_id();

}  // namespace slewd::app
