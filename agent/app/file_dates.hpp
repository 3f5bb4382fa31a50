// SPDX-License-Identifier: Apache-2.0
// The earliest plausible time, from the dates of files (agent/core/ntp/plausible_time.hpp).
#pragma once

#include <string>

#include "agent/core/ntp/plausible_time.hpp"

namespace slewd::app {

// The floor is the newer of the build date, less a day, and the date of `installed_epoch`, which
// distributions install for this purpose. The newest file is one of `state_directory`: written by
// this machine, whose clock may have been wrong then. A file that is missing or has an impossible
// date does not count.
[[nodiscard]] core::PlausibleTime read_plausible_time(
    const std::string& state_directory,
    const std::string& installed_epoch = "/usr/lib/clock-epoch");

}  // namespace slewd::app
