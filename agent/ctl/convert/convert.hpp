// SPDX-License-Identifier: Apache-2.0
// The configuration of another time daemon as slewd's. Texts in, text out: files are read by the
// caller.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/foreign_config.hpp"
#include "base/result.hpp"

namespace slewd::app {

struct NamedText {
  std::string name;  // as in citations: its path
  std::string text;
};

// The files of a path whose last part may have '*' and '?', in the order of their names. None: it
// is an empty list. Relative paths begin at the caller's folder.
using ReadFiles = std::function<Result<std::vector<NamedText>>(const std::string& pattern)>;

struct Conversion {
  ForeignFormat format = ForeignFormat::chrony;
  std::string text;    // slewd's configuration
  std::string report;  // of the lines that could not be expressed
  bool complete = true;
};

// Without `from` the format is recognised. Errors: `invalid` where it is not, or where the text is
// none of that format; `limit` for more than limits::kConvertBytes.
[[nodiscard]] Result<Conversion> convert_config(const NamedText& file,
                                                std::optional<ForeignFormat> from,
                                                const ReadFiles& read_files);

}  // namespace slewd::app
