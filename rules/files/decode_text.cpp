// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/limits.hpp"
#include "rules/files/decode.hpp"

namespace slewd::rules {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_decimal(char c) { return c >= '0' && c <= '9'; }

}  // namespace

void need(ObjectReader& reader, std::string_view key, std::string_view what) {
  if (!reader.has(key)) reader.problem(key, "is missing: " + std::string(what));
}

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > limits::kRuleNameBytes || !is_lower(name.front()) ||
      name.back() == '-' || name.find("--") != std::string_view::npos)
    return false;
  return std::ranges::all_of(name, [](char c) { return is_lower(c) || is_decimal(c) || c == '-'; });
}

std::string bad_name(std::string_view name) {
  return "'" + std::string(name) +
         "' is not a valid name: a lower-case letter, then lower-case letters, digits and single "
         "'-', at "
         "most " +
         std::to_string(limits::kRuleNameBytes) + " bytes";
}

bool is_plain_text(std::string_view text) {
  return text.size() <= limits::kRuleTextBytes &&
         std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

void decode_argv(ObjectReader& reader, std::string_view key, std::vector<std::string>& argv) {
  reader.get(key, argv);
  if (!reader.has(key)) return;
  if (argv.empty()) return reader.problem(key, "the program is missing");
  if (argv.size() > limits::kArgvWords)
    return reader.problem(key, "more than " + std::to_string(limits::kArgvWords) + " arguments");
  if (!argv.front().starts_with('/'))
    reader.problem(key, "'" + argv.front() +
                            "' is not an absolute path; no shell and no PATH is used, write for "
                            "instance \"/usr/bin/" +
                            argv.front() + "\"");
  for (const std::string& word : argv)
    if (!is_plain_text(word))
      return reader.problem(key, "an argument has control characters or more than " +
                                     std::to_string(limits::kRuleTextBytes) + " bytes");
}

}  // namespace slewd::rules
