// SPDX-License-Identifier: Apache-2.0
// The verdict on the clock: level, sentence, and whether it counts as synchronized. Page,
// API, `slewctl status` with its exit status, log and metrics all derive from it, so they cannot
// disagree.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "agent/core/snapshot.hpp"

namespace slewd::exporter {

enum class Level { ok, warning, critical, unknown };
inline constexpr std::array kLevels{Level::ok, Level::warning, Level::critical, Level::unknown};
[[nodiscard]] std::string_view to_string(Level level);

struct Verdict {
  Level level = Level::unknown;
  std::string text;
  bool synchronized = false;  // always true for ok
};

// A snapshot that is overdue for this long means that the core is stuck.
inline constexpr Nanos kStuckAfter = std::chrono::seconds(60);
[[nodiscard]] bool is_stuck(const core::Snapshot& snapshot, MonoTime now);

// At the moment `now`: offsets and bounds are extrapolated to it, as core::clock_at() does.
[[nodiscard]] Verdict judge(const core::Snapshot& snapshot, const core::ClockReading& now);

// Whether one of the last four polls was answered with a usable sample; the newest may still be
// pending.
[[nodiscard]] bool answers(const core::SourceView& source);
// In mode observe: whether the kernel says that its clock is not synchronized, and no program that
// steers it was found.
[[nodiscard]] bool undisciplined(const core::Snapshot& snapshot);

}  // namespace slewd::exporter
