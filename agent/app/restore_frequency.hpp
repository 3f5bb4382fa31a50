// SPDX-License-Identifier: Apache-2.0
// After a SIGKILL during a slew: restores the base frequency of the drift file, so that no slew
// stays in force after the daemon's end. Run by the unit's ExecStopPost.
#pragma once

#include <string>

#include "base/result.hpp"

namespace slewd::app {

// Does nothing unless slewd died while it steered (steering_marker.hpp). Then sets the frequency of
// <state_directory>/drift. Without a drift file, or with that of another machine, the frequency is
// kept unless it is implausible for an oscillator: then it is set to zero.
[[nodiscard]] Result<void> restore_frequency(const std::string& state_directory);

}  // namespace slewd::app
