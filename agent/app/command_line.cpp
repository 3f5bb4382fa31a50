// SPDX-License-Identifier: Apache-2.0
#include "agent/app/command_line.hpp"

#include <algorithm>
#include <string>

#include <CLI/CLI.hpp>

#include "base/text.hpp"

namespace slewd::app {

std::optional<Error> unknown_command(const std::vector<CLI::App*>& commands, int argc,
                                     const char* const* argv) {
  if (argc < 2) return std::nullopt;
  const std::string word = argv[1];
  if (word.empty() || word.front() == '-') return std::nullopt;
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  if (std::ranges::find(names, word) != names.end()) return std::nullopt;
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  return Error(ErrorCode::invalid,
               "no command '" + word + "'" + suggestion(word, candidates) + "; --help lists all");
}

}  // namespace slewd::app
