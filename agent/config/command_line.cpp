// SPDX-License-Identifier: Apache-2.0
#include "agent/config/command_line.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>

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

Result<void> print_text(const std::string& text) {
  const bool ended = text.empty() || text.back() == '\n';
  const bool written = std::fputs(text.c_str(), stdout) >= 0 &&
                       (ended || std::fputc('\n', stdout) != EOF) && std::fflush(stdout) == 0;
  if (!written) return fail(system_error("standard output", errno));
  return {};
}

int print_offline(const Result<std::string>& text) {
  const Result<void> printed = text ? print_text(*text) : fail(text.error());
  if (printed) return kDone;
  // Without a name in front: the lines of a faulty file begin with its path and line.
  (void)std::fprintf(stderr, "%s\n", printed.error().describe().c_str());
  const ErrorCode code = printed.error().code();
  const bool input =
      code == ErrorCode::invalid || code == ErrorCode::not_found || code == ErrorCode::limit;
  return input ? kUsage : kFailed;
}

}  // namespace slewd::app
