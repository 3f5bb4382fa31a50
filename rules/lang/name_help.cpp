// SPDX-License-Identifier: Apache-2.0
#include "rules/lang/name_help.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "rules/lang/function_table.hpp"

namespace slewd::rules {
std::string near_or_known(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr std::size_t kFew = 12;
  std::string near = suggestion(word, candidates);
  if (!near.empty() || candidates.empty() || candidates.size() > kFew) return near;
  return "; known: " + joined(candidates);
}

bool is_target(std::string_view word, const Vocabulary& vocabulary) {
  return std::ranges::find(vocabulary.targets, word) != vocabulary.targets.end();
}

bool is_probe(std::string_view word, const Vocabulary& vocabulary) {
  return std::ranges::find(vocabulary.probes, word) != vocabulary.probes.end();
}

std::string unknown_fact(std::string_view word, const Vocabulary& vocabulary) {
  const std::string quoted = "'" + std::string(word) + "'";
  if (is_probe(word, vocabulary) || is_target(word, vocabulary))
    return quoted + " is not a fact; the state of a probe is written 'probe." + std::string(word) +
           "'";
  if (const FunctionInfo* function = find_function(word); function != nullptr)
    return quoted + " is a function; write for instance '" + std::string(function->usage) + "'";
  std::vector<std::string> states;
  for (const std::string& target : vocabulary.targets) states.push_back("probe." + target);
  for (const std::string& probe : vocabulary.probes) states.push_back("probe." + probe);
  std::vector<std::string_view> candidates(states.begin(), states.end());
  if (word.starts_with("probe."))
    return "unknown probe " + quoted + near_or_known(word, candidates);
  std::vector<std::string> units;
  for (const std::string& target : vocabulary.units) units.push_back("unit." + target);
  candidates.insert(candidates.end(), units.begin(), units.end());
  for (const FactInfo& row : fact_table()) candidates.push_back(row.name);
  std::string text = "unknown fact " + quoted + near_or_known(word, candidates);
  if (word.find('-') != std::string_view::npos) text += "; to subtract, put spaces around '-'";
  return text;
}

std::string unknown_probe(std::string_view word, const Vocabulary& vocabulary) {
  std::vector<std::string_view> candidates(vocabulary.probes.begin(), vocabulary.probes.end());
  candidates.insert(candidates.end(), vocabulary.targets.begin(), vocabulary.targets.end());
  const std::string text = "unknown probe '" + std::string(word) + "'";
  if (candidates.empty()) return text + "; this file defines no target with a probe";
  return text + near_or_known(word, candidates);
}

std::string unknown_log(std::string_view word, const Vocabulary& vocabulary) {
  std::vector<std::string_view> candidates;
  for (const Vocabulary::Log& log : vocabulary.logs) candidates.push_back(log.name);
  const std::string text = "unknown log trigger '" + std::string(word) + "'";
  if (candidates.empty()) return text + R"(; no target of this file has "logs")";
  return text + near_or_known(word, candidates);
}

std::string unknown_symbol(std::string_view word, std::span<const std::string_view> symbols) {
  std::vector<std::string> lowered;
  for (const std::string_view symbol : symbols) lowered.push_back(lower_case(symbol));
  const std::vector<std::string_view> candidates(lowered.begin(), lowered.end());
  std::string text = "'" + std::string(word) + "' is not one of " + joined(symbols);
  const auto near = nearest(lower_case(word), candidates);
  for (const std::string_view symbol : symbols)
    if (near && same_ignoring_case(symbol, *near))
      text += "; did you mean '" + std::string(symbol) + "'?";
  return text;
}

}  // namespace slewd::rules
