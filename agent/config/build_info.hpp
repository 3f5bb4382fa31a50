// SPDX-License-Identifier: Apache-2.0
// What this binary is.
#pragma once

#include "base/build_info.hpp"
#include "base/timeline.hpp"

namespace slewd::app {

[[nodiscard]] BuildInfo build_info();
// When its source was last changed, or, where that is not known, when it was configured for the
// build.
[[nodiscard]] WallTime build_date();

}  // namespace slewd::app
