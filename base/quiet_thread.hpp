// SPDX-License-Identifier: Apache-2.0
// A thread that never takes a signal: signals belong to the thread that runs the main loop.
#pragma once

#include <functional>
#include <thread>

namespace slewd {

// `name` (at most 15 bytes) is shown by ps and top.
[[nodiscard]] std::jthread start_quiet_thread(const char* name, std::function<void()> body);

}  // namespace slewd
