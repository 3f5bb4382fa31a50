// SPDX-License-Identifier: Apache-2.0
#include "agent/config/build_info.hpp"

#include "base/host.hpp"

namespace slewd::app {

BuildInfo build_info() { return {SLEWD_VERSION, SLEWD_REVISION, SLEWD_COMPILER, host_name()}; }

WallTime build_date() { return WallTime{std::chrono::seconds(SLEWD_BUILD_DATE)}; }

}  // namespace slewd::app
