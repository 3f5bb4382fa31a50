// One line that says how the clock is: the same words on the page, in `slewctl status` and in the
// API, so that nobody has to compare two opinions.
#pragma once

#include <string>
#include <string_view>

#include "agent/core/snapshot.hpp"

namespace slewd::exporter {

enum class Level { ok, warning, critical, unknown };
[[nodiscard]] std::string_view to_string(Level level);

struct Verdict {
  Level level = Level::unknown;
  std::string text;
};

// A snapshot that is overdue for so long means that the core is stuck.
inline constexpr Nanos kStuckAfter = std::chrono::seconds(60);
[[nodiscard]] bool is_stuck(const core::Snapshot& snapshot, MonoTime now);

[[nodiscard]] Verdict judge(const core::Snapshot& snapshot, MonoTime now);

}  // namespace slewd::exporter
