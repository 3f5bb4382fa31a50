// SPDX-License-Identifier: Apache-2.0
// Settings of the Windows Time service from a file: what `reg export` writes, or JSON with the same
// names ({"SpecialPollInterval": 43200}). Values that the file does not give have Windows'
// defaults.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/w32time/w32time_settings.hpp"
#include "base/result.hpp"

namespace slewd {

struct W32timeFile {
  struct Given {
    std::string name;
    int line = 0;  // 1-based
  };

  W32timeSettings settings;
  W32timeRole role = W32timeRole::standalone;  // whose defaults fill the gaps
  std::vector<Given> given;
  std::vector<std::string> notes;  // ignored values with their lines

  // Where a value was given; empty = it is a default.
  [[nodiscard]] std::optional<int> line_of(std::string_view name) const;
};

// `bytes` is the whole file, `name` what messages call it. The error lists every problem, one in a
// line: "file:line: what; what would be right". A file without any value of w32time is refused.
[[nodiscard]] Result<W32timeFile> parse_w32time_file(std::string_view bytes, std::string_view name);

}  // namespace slewd
