// SPDX-License-Identifier: Apache-2.0
// The text format of the Windows registry editor (.reg files), as far as plain values need it:
// REG_DWORD and REG_SZ are read, hexadecimal lists are recognised and passed over.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_reader.hpp"
#include "base/result.hpp"

namespace slewd {

enum class RegKind { number, text, list, removal };

struct RegEntry {
  std::string key;   // without brackets, as written
  std::string name;  // "" for the default value (@)
  RegKind kind = RegKind::removal;
  std::uint32_t number = 0;
  std::string text;
  int line = 0;  // 1-based
};

// Bytes of a file as UTF-8: regedit exports UTF-16LE with a byte order mark; UTF-8 with or without
// one is taken too. A lone surrogate becomes U+FFFD. `name` is what messages call the file.
[[nodiscard]] Result<std::string> decode_registry_text(std::string_view bytes,
                                                       std::string_view name);

// Every value of the text. What is wrong goes to `problems`, line by line.
[[nodiscard]] std::vector<RegEntry> parse_reg(std::string_view text, JsonProblems& problems);

}  // namespace slewd
