// SPDX-License-Identifier: Apache-2.0
// What this machine is called, and what runs it.
#pragma once

#include <string>

namespace slewd {

// "unknown" where the kernel has no name that fits.
[[nodiscard]] std::string host_name();
// As sd_booted(3) finds out.
[[nodiscard]] bool has_systemd();

}  // namespace slewd
