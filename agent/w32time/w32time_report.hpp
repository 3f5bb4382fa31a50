// SPDX-License-Identifier: Apache-2.0
// Checks the settings of a Windows Time service for the fault of KB2638243 and simulates it
// (docs/w32time.md). Needs no daemon and no Windows.
#pragma once

#include <string>

#include "base/result.hpp"

namespace slewd {

struct W32timeCheck {
  bool sound = true;  // false: an offset that persists is never corrected
  std::string text;   // the values, the verdict, the fixes
};

// Reads a .reg or JSON file. The error lists every wrong line and its correction.
[[nodiscard]] Result<W32timeCheck> check_w32time(const std::string& path);

// The fate of an offset of 7 s under these settings, by samples and timer ticks; with the fault,
// also with each fix.
[[nodiscard]] Result<std::string> show_w32time(const std::string& path);

}  // namespace slewd
