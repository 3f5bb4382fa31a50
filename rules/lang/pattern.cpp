// SPDX-License-Identifier: Apache-2.0
#include "rules/lang/pattern.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include <re2/re2.h>

#include "base/limits.hpp"

namespace slewd::rules {
namespace {

re2::RE2::Options options() {
  re2::RE2::Options options;
  options.set_log_errors(false);  // would write to standard error
  options.set_max_mem(static_cast<std::int64_t>(limits::kPatternMemoryBytes));
  return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

// A feature of other engines that RE2 does not have, with a replacement; empty for
// other mistakes.
std::string_view missing_feature(std::string_view expression, std::string_view argument) {
  const auto has = [&](std::string_view word) {
    return expression.find(word) != std::string_view::npos;
  };
  // For a look-behind RE2 reports "(?<" up to 2023, the whole operator since.
  const bool look_behind = argument == "(?<=" || argument == "(?<!" ||
                           (argument == "(?<" && (has("(?<=") || has("(?<!")));
  if (argument == "(?=" || argument == "(?!" || look_behind)
    return "look-ahead and look-behind are not supported (they cannot run in linear time): write "
           "the text around the match as part of the expression";
  if (argument.size() == 2 && argument[0] == '\\' &&
      ((argument[1] >= '1' && argument[1] <= '9') || argument[1] == 'k' || argument[1] == 'g'))
    return "back-references are not supported (they cannot run in linear time): write the part "
           "that is "
           "matched again a second time";
  if (argument == "(?P" && has("(?P="))
    return "back-references are not supported (they cannot run in linear time): write the part "
           "that is "
           "matched again a second time";
  if (argument == "(?<") return "a named group is written (?P<name>...)";
  if (argument == "(?>" || argument == "++" || argument == "*+" || argument == "?+")
    return "atomic groups and possessive repetition are not supported, and not needed: RE2 does "
           "not "
           "backtrack";
  if (argument == "\\Z") return "the end of the line is written $";
  return {};
}

// "column 4: " if the argument of the error occurs only once, else nothing.
std::string place(std::string_view expression, std::string_view argument) {
  const auto at = expression.find(argument);
  if (argument.empty() || argument.size() == expression.size() || at == std::string_view::npos ||
      expression.find(argument, at + 1) != std::string_view::npos)
    return {};
  return "column " + std::to_string(at + 1) + ": ";
}

Error too_large() {
  return {ErrorCode::limit, "this expression needs more than " +
                                std::to_string(limits::kPatternSteps) +
                                " steps when it is compiled: repeat less, or shorter parts"};
}

Error explain(std::string_view expression, const re2::RE2& regex) {
  const std::string& argument = regex.error_arg();
  if (regex.error_code() == re2::RE2::ErrorPatternTooLarge) return too_large();
  if (regex.error_code() == re2::RE2::ErrorBadUTF8)
    return {ErrorCode::invalid, "this is not UTF-8"};
  std::string message = place(expression, argument) + regex.error();
  const std::string_view feature = missing_feature(expression, argument);
  if (!feature.empty()) message += "; " + std::string(feature);
  if (regex.error_code() == re2::RE2::ErrorRepeatSize)
    message += "; nested repetitions together may be at most {1000}";
  return {ErrorCode::invalid, std::move(message)};
}

std::optional<double> decimal(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  // from_chars accepts "inf" and "nan" too, which are not measurements.
  if (text.find_first_not_of("-.0123456789") != std::string_view::npos) return std::nullopt;
  double value = 0;
  const auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const bool whole = problem == std::errc{} && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace

struct Pattern::Compiled {
  explicit Compiled(std::string_view expression)
      : text(expression), regex(piece(expression), options()) {}

  std::string text;
  re2::RE2 regex;
};

Result<Pattern> Pattern::compile(std::string_view expression) {
  if (expression.size() > limits::kPatternBytes)
    return fail(ErrorCode::limit, "an expression of " + std::to_string(expression.size()) +
                                      " bytes; at most " + std::to_string(limits::kPatternBytes) +
                                      " are allowed");
  auto compiled = std::make_shared<const Compiled>(expression);
  const re2::RE2& regex = compiled->regex;
  if (!regex.ok()) return fail(explain(expression, regex));
  if (regex.ProgramSize() > limits::kPatternSteps) return fail(too_large());
  if (const int groups = regex.NumberOfCapturingGroups(); groups > 1)
    return fail(ErrorCode::invalid,
                std::to_string(groups) +
                    " capture groups, but at most one is allowed: its number is the captured "
                    "value; write (?:...) for a group that does not capture");
  if (re2::RE2::PartialMatch("", regex))
    return fail(ErrorCode::invalid, "matches an empty line, and so every line");
  return Pattern(std::move(compiled));
}

std::optional<Pattern::Match> Pattern::match(std::string_view line) const {
  const re2::RE2& regex = compiled_->regex;
  std::array<re2::StringPiece, 2> groups;  // the match itself and what is captured
  const int wanted = captures() ? 2 : 0;
  if (!regex.Match(piece(line), 0, line.size(), re2::RE2::UNANCHORED, groups.data(), wanted))
    return std::nullopt;
  if (wanted == 0) return Match{};
  return Match{decimal({groups[1].data(), groups[1].size()})};
}

const std::string& Pattern::text() const { return compiled_->text; }

bool Pattern::captures() const { return compiled_->regex.NumberOfCapturingGroups() == 1; }

}  // namespace slewd::rules
