// After a SIGKILL in mid-slew: puts the base frequency back that the drift file names, so that no
// slew outlives the daemon. Run by the unit's ExecStopPost.
#pragma once

#include <string>

#include "base/result.hpp"

namespace slewd::app {

// Reads <state_directory>/drift and sets the clock's frequency to it. Without a drift file (or with
// another machine's) the frequency is left alone unless a tick of ours is in force: then it is
// set to zero, which no oscillator is far from.
[[nodiscard]] Result<void> restore_frequency(const std::string& state_directory);

}  // namespace slewd::app
