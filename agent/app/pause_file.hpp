// SPDX-License-Identifier: Apache-2.0
// The operator's pause on disk, so that it survives a restart. Agent thread only.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/timeline.hpp"
#include "rules/engine/engine.hpp"

namespace slewd::app {

struct PauseMoment {
  std::string boot_id;
  MonoTime mono;
  BootTime boot;
};

[[nodiscard]] std::string pause_path(const std::string& state_directory);

[[nodiscard]] Result<void> write_pause(const std::string& path, const rules::Pause& pause,
                                       const PauseMoment& now);
[[nodiscard]] Result<void> remove_pause(const std::string& path);
// Saves the pause or removes the file. On a full disk an older pause is removed to make room. Empty
// = done; else what a restart will do instead, and why.
[[nodiscard]] std::string keep_pause(const std::string& path,
                                     const std::optional<rules::Pause>& pause,
                                     const PauseMoment& now);

// None when there is none, or it has expired. After a reboot the time left at the last write counts
// from `now`: how long the machine was off is unknown.
[[nodiscard]] Result<std::optional<rules::Pause>> read_pause(const std::string& path,
                                                             const PauseMoment& now);

}  // namespace slewd::app
