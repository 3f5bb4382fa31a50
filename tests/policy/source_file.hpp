// SPDX-License-Identifier: Apache-2.0
// One file of the source tree, cut up for the policies: raw lines, and for C++ the same lines with
// comments and literals blanked, so that a word in a comment is no use of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slewd::policy {

struct Include {
  int line = 0;  // 1-based
  std::string path;
  bool quoted = false;  // "path", not <path>
};

struct SourceFile {
  std::string path;                // from the repository root, with '/'
  std::vector<std::string> lines;  // as they stand
  std::vector<std::string> code;   // same count; without comments and literals (C++ only)
  std::vector<Include> includes;   // C++ only
};

[[nodiscard]] SourceFile parse_source(std::string path, std::string_view text);

[[nodiscard]] bool is_header(const SourceFile& file);
[[nodiscard]] bool is_cpp(const SourceFile& file);  // .hpp or .cpp
[[nodiscard]] bool is_cmake(const SourceFile& file);

// Whether the path lies in one of `folders`, each written with a closing '/'.
[[nodiscard]] bool lies_in(const SourceFile& file, const std::vector<std::string_view>& folders);

// Whether `word` stands in `text` with no identifier character right before or after it. Where
// `word` itself begins or ends with another character, that side is free.
[[nodiscard]] bool has_word(std::string_view text, std::string_view word);

}  // namespace slewd::policy
