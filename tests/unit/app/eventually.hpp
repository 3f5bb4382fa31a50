// SPDX-License-Identifier: Apache-2.0
// Waits for what another thread will do: looks again and again until a deadline that only a broken
// program reaches.
#pragma once

#include <functional>

#include <poll.h>

#include "agent/os/clock/system_clock.hpp"

namespace slewd::app {

// False when `condition` has not become true within half a minute.
[[nodiscard]] inline bool eventually(const std::function<bool()>& condition) {
  const os::SystemClock clock;
  const MonoTime deadline = clock.now().mono + std::chrono::seconds(30);
  while (!condition()) {
    if (clock.now().mono > deadline) return false;
    (void)::poll(nullptr, 0, 5);
  }
  return true;
}

}  // namespace slewd::app
