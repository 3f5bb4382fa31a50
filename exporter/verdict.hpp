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

// A snapshot older than this means that the core is stuck.
inline constexpr Nanos kStuckAfter = std::chrono::seconds(60);

[[nodiscard]] Verdict judge(const core::Snapshot& snapshot, MonoTime now);

}  // namespace slewd::exporter
