// SPDX-License-Identifier: Apache-2.0
// After a SIGKILL in mid-slew: puts the base frequency back that the drift file names, so that no
// slew outlives the daemon. Run by the unit's ExecStopPost.
#pragma once

#include <string>

#include "base/result.hpp"

namespace slewd::app {

// Does nothing unless a daemon of ours died while it steered (steering_marker.hpp). Then sets the
// frequency that <state_directory>/drift names. Without a drift file (or with another machine's)
// the frequency is left alone unless it is no oscillator's: then it is set to zero.
[[nodiscard]] Result<void> restore_frequency(const std::string& state_directory);

}  // namespace slewd::app
