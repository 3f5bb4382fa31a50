// SPDX-License-Identifier: Apache-2.0
#include "agent/config/build_info.hpp"

#include <array>

#include <unistd.h>

namespace slewd::app {

BuildInfo build_info() {
  std::array<char, 256> name{};
  const bool known = ::gethostname(name.data(), name.size() - 1) == 0;
  return {SLEWD_VERSION, SLEWD_REVISION, SLEWD_COMPILER, known ? name.data() : "unknown"};
}

WallTime build_date() { return WallTime{std::chrono::seconds(SLEWD_BUILD_DATE)}; }

}  // namespace slewd::app
