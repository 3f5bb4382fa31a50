// SPDX-License-Identifier: Apache-2.0
#include "agent/config/command_line.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include <CLI/CLI.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.hpp"

namespace slewd::app {

namespace {

// Commands that slewd and slewctl had before slewd-lab.
constexpr std::array<std::string_view, 3> kMovedToLab{"demo", "plan", "simulate"};

bool takes_a_value(const CLI::App& program, const CLI::App& command, const std::string& option) {
  for (const CLI::App* each : {&command, &program})
    if (const CLI::Option* found = each->get_option_no_throw(option))
      return found->get_items_expected_min() > 0;
  return false;
}

Error no_such_command(const std::string& parents, const std::string& word,
                      const std::vector<const CLI::App*>& commands) {
  if (parents.empty() && std::ranges::find(kMovedToLab, word) != kMovedToLab.end())
    return {ErrorCode::invalid, "moved: slewd-lab " + word};
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  return {ErrorCode::invalid, "no command '" + parents + word + "'" + suggestion(word, candidates) +
                                  "; --help lists all"};
}

}  // namespace

std::optional<Error> unknown_command(const CLI::App& program, int argc, const char* const* argv) {
  const CLI::App* parent = &program;
  std::string parents;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.empty() || word == "--") return std::nullopt;
    if (word.front() == '-') {
      if (takes_a_value(program, *parent, word)) ++i;
      continue;
    }
    const auto commands = parent->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty()) return std::nullopt;  // an operand
    const auto found = std::ranges::find(commands, word, &CLI::App::get_name);
    if (found == commands.end()) return no_such_command(parents, word, commands);
    parent = *found;
    parents += word + " ";
  }
  return std::nullopt;
}

std::size_t terminal_width() {
  winsize size{};
  const bool known = ::isatty(STDOUT_FILENO) == 1 &&
                     ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 0;
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
  // Without the program's name: errors of a file begin with its path and line.
  (void)std::fprintf(stderr, "%s\n", printed.error().describe().c_str());
  const ErrorCode code = printed.error().code();
  const bool input =
      code == ErrorCode::invalid || code == ErrorCode::not_found || code == ErrorCode::limit;
  return input ? kUsage : kFailed;
}

}  // namespace slewd::app
