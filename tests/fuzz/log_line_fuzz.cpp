// SPDX-License-Identifier: Apache-2.0
// Any bytes as a log file, given in pieces: the lines do not depend on where the pieces end, are
// bounded, and every shipped pattern can be held against them. The first byte is the pieces' size.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/remedy/logs/log_lines.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"
#include "base/one_line.hpp"
#include "rules/lang/pattern.hpp"

#include "tests/unit/rules/log_literals.hpp"

namespace {

using slewd::rules::Pattern;

const std::vector<Pattern>& patterns() {
  static const std::vector<Pattern> all = [] {
    std::vector<Pattern> compiled;
    for (const auto& literal : slewd::rules::log_literals())
      compiled.push_back(*Pattern::compile(literal.pattern));
    return compiled;
  }();
  return all;
}

std::vector<std::string> lines_of(std::string_view bytes, std::size_t piece) {
  std::vector<std::string> lines;
  const auto keep = [&](std::string_view line, bool cut) {
    SLEWD_CHECK(!line.empty() && line.size() <= slewd::limits::kLogLineBytes);
    SLEWD_CHECK(line.find('\n') == std::string_view::npos);
    lines.emplace_back(std::string(line) + (cut ? "+" : "-"));
  };
  slewd::remedy::LogLines reader;
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    reader.feed(bytes.substr(at, piece), keep);
  reader.finish(keep);
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<std::string> lines = lines_of(bytes, std::size_t{data[0]} + 1);
  SLEWD_CHECK(lines == lines_of(bytes, bytes.size() + 1));
  for (const std::string& line : lines) {
    for (const Pattern& pattern : patterns()) {
      const auto match = pattern.match(line);
      if (match && match->captured) SLEWD_CHECK(std::isfinite(*match->captured));
    }
    const std::string shown = slewd::one_line(line, slewd::limits::kLogShownBytes);
    SLEWD_CHECK(shown.size() <= slewd::limits::kLogShownBytes);
  }
  return 0;
}
