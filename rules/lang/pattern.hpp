// SPDX-License-Identifier: Apache-2.0
// The expression by which a rule recognizes a line of a log. Its cost grows with the length of
// the line only, for every expression and line: see
// docs/design/adr/0006-linear-time-patterns.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace slewd::rules {

// A value: cheap to copy, never without a compiled expression unless moved from. Matching is safe
// on any thread.
class Pattern {
 public:
  struct Match {
    // The text of the capture group, if it is a decimal number like "12", "-0.5" or "+3.25".
    std::optional<double> captured;
  };

  // RE2's syntax, at most limits::kPatternBytes, in UTF-8, with at most one capture group. An
  // expression that matches an empty line is refused: it would match every line. Errors:
  // invalid and limit; with the column, if that is certain, and a suggestion.
  [[nodiscard]] static Result<Pattern> compile(std::string_view expression);

  // Searches anywhere in the line: ^ and $ are the beginning and the end. They are
  // those of the whole text even if it has line ends within, and '.' does not match a line end. The
  // line need not be UTF-8.
  [[nodiscard]] std::optional<Match> match(std::string_view line) const;

  // As it was written.
  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] bool captures() const;

  friend bool operator==(const Pattern& a, const Pattern& b) { return a.text() == b.text(); }

 private:
  struct Compiled;
  explicit Pattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace slewd::rules
