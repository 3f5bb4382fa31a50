// SPDX-License-Identifier: Apache-2.0
// The settings of a Windows Time service, checked for the fault of KB2638243 and shown at work
// (docs/w32time.md). Needs neither a daemon nor Windows.
#pragma once

#include <string>

#include "base/result.hpp"

namespace slewd {

struct W32timeCheck {
  bool sound = true;  // false: an offset that persists is never corrected
  std::string text;   // the values, the verdict, the cures
};

// Reads a .reg or JSON file. The error names every wrong line and what would be right.
[[nodiscard]] Result<W32timeCheck> check_w32time(const std::string& path);

// What an offset of 7 s meets under these settings, sample by sample and timer by timer; where the
// fault shows, the same with each cure.
[[nodiscard]] Result<std::string> show_w32time(const std::string& path);

}  // namespace slewd
