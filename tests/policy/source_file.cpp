// SPDX-License-Identifier: Apache-2.0
#include "tests/policy/source_file.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace slewd::policy {
namespace {

bool is_identifier(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Replaces comments and the insides of literals by blanks; keeps every line break where it was.
class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text), out_(text) {}

  std::string run() && {
    while (at_ < text_.size()) {
      step();
    }
    return std::move(out_);
  }

 private:
  void step() {
    if (starts("//")) {
      blank_until(text_.find('\n', at_));
    } else if (starts("/*")) {
      blank_until(end_of("*/", at_ + 2));
    } else if (starts("R\"") && (at_ == 0 || !is_identifier(text_[at_ - 1]))) {
      blank_raw_string();
    } else if (text_[at_] == '"') {
      blank_literal('"');
    } else if (text_[at_] == '\'' && !is_digit_separator()) {
      blank_literal('\'');
    } else {
      ++at_;
    }
  }

  [[nodiscard]] bool starts(std::string_view what) const {
    return text_.substr(at_, what.size()) == what;
  }

  // 1'000'000: the quote stands between digits.
  [[nodiscard]] bool is_digit_separator() const {
    return at_ > 0 && std::isxdigit(static_cast<unsigned char>(text_[at_ - 1])) != 0;
  }

  [[nodiscard]] std::size_t end_of(std::string_view what, std::size_t from) const {
    const std::size_t found = text_.find(what, from);
    return found == std::string_view::npos ? found : found + what.size();
  }

  void blank_until(std::size_t end) {
    for (end = std::min(end, text_.size()); at_ < end; ++at_) {
      if (text_[at_] != '\n') {
        out_[at_] = ' ';
      }
    }
  }

  void blank_raw_string() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) {
      at_ = text_.size();
      return;
    }
    const std::string closing = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    blank_until(end_of(closing, open));
  }

  void blank_literal(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2U : 1U;
    }
    blank_until(end + 1);
  }

  std::string_view text_;
  std::string out_;
  std::size_t at_ = 0;
};

std::vector<Include> find_includes(const SourceFile& file) {
  std::vector<Include> includes;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::string_view raw = file.lines[i];
    const std::size_t hash = file.code[i].find_first_not_of(' ');
    if (hash == std::string::npos || file.code[i].compare(hash, 8, "#include") != 0) {
      continue;
    }
    const std::size_t open = raw.find_first_of("\"<", hash);
    const std::size_t close = raw.find_first_of("\">", open + 1);
    if (open == std::string_view::npos || close == std::string_view::npos) {
      continue;
    }
    includes.push_back(Include{.line = static_cast<int>(i) + 1,
                               .path = std::string(raw.substr(open + 1, close - open - 1)),
                               .quoted = raw[open] == '"'});
  }
  return includes;
}

}  // namespace

SourceFile parse_source(std::string path, std::string_view text) {
  SourceFile file;
  file.path = std::move(path);
  file.lines = split_lines(text);
  if (is_cpp(file)) {
    file.code = split_lines(Blanker(text).run());
    file.includes = find_includes(file);
  }
  return file;
}

bool is_header(const SourceFile& file) { return file.path.ends_with(".hpp"); }

bool is_cpp(const SourceFile& file) { return is_header(file) || file.path.ends_with(".cpp"); }

bool is_cmake(const SourceFile& file) {
  return file.path.ends_with("CMakeLists.txt") || file.path.ends_with(".cmake");
}

bool lies_in(const SourceFile& file, const std::vector<std::string_view>& folders) {
  return std::any_of(folders.begin(), folders.end(),
                     [&](std::string_view folder) { return file.path.starts_with(folder); });
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool joined_before = at > 0 && is_identifier(word.front()) && is_identifier(text[at - 1]);
    const bool joined_after =
        end < text.size() && is_identifier(word.back()) && is_identifier(text[end]);
    if (!joined_before && !joined_after) {
      return true;
    }
  }
  return false;
}

}  // namespace slewd::policy
