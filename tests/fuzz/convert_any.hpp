// SPDX-License-Identifier: Apache-2.0
// Any text becomes slewd's configuration or is refused with a reason; what is written can be read.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/config/config.hpp"
#include "agent/ctl/convert/convert.hpp"
#include "base/check.hpp"
#include "base/json_document.hpp"
#include "base/limits.hpp"

namespace slewd {

// Members that the decoder does not have yet: what has one of them is only JSON.
inline bool has_member_to_come(std::string_view text) {
  constexpr std::array<std::string_view, 9> kMembers{
      "\"nts\": ",  "\"key\": ", "\"keys_file\": ", "\"authenticated\": ", "\"phc\": ",
      "\"sock\": ", "\"shm\": ", "\"tai\": ",       "\"offline\": "};
  return std::ranges::any_of(kMembers, [&](std::string_view member) {
    return text.find(member) != std::string_view::npos;
  });
}

inline int convert_any(app::ForeignFormat format, const std::uint8_t* data, std::size_t size) {
  const app::NamedText file{"fuzz", std::string(reinterpret_cast<const char*>(data), size)};
  // Files that name themselves end at the limit of the depth.
  const auto same = [&](const std::string&) -> Result<std::vector<app::NamedText>> {
    return std::vector<app::NamedText>{file};
  };
  (void)app::foreign_format(file.text);
  const auto result = app::convert_config(file, format, same);
  if (!result) {
    SLEWD_CHECK(!result.error().describe().empty());
    return 0;
  }
  SLEWD_CHECK(result->text.size() <= limits::kConvertTextBytes);
  SLEWD_CHECK(result->complete == result->report.empty());
  SLEWD_CHECK(parse_json(result->text, "fuzz.json"));
  if (!has_member_to_come(result->text)) SLEWD_CHECK(app::parse_config(result->text, "fuzz.json"));
  return 0;
}

}  // namespace slewd
