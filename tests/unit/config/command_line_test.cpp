// SPDX-License-Identifier: Apache-2.0
#include "agent/config/command_line.hpp"

#include <array>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/fd.hpp"

namespace slewd::app {
namespace {

std::optional<Error> judge(std::vector<const char*> argv) {
  CLI::App program;
  std::string socket;
  bool json = false;
  program.add_option("--socket", socket);
  program.add_flag("--json", json);
  program.add_subcommand("status");
  program.add_subcommand("sources");
  CLI::App* rules = program.add_subcommand("rules");
  std::string name;
  rules->add_subcommand("show")->add_option("name", name);
  argv.insert(argv.begin(), "slewctl");
  return unknown_command(program, static_cast<int>(argv.size()), argv.data());
}

TEST(UnknownCommand, IsNamedAndANearOneIsSuggested) {
  const auto found = judge({"statsu"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->message(), "no command 'statsu'; did you mean 'status'?; --help lists all");
}

TEST(UnknownCommand, IsFoundBehindOptionsOfTheProgram) {
  const auto found = judge({"--json", "--socket", "/run/s", "--socket=/run/s", "staus"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->message(), "no command 'staus'; did you mean 'status'?; --help lists all");
}

TEST(UnknownCommand, IsFoundBelowAnotherCommand) {
  const auto found = judge({"rules", "--json", "shwo"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->message(), "no command 'rules shwo'; did you mean 'show'?; --help lists all");
}

TEST(UnknownCommand, ThatWasMovedNamesTheProgramThatHasItNow) {
  for (const std::string name : {"demo", "plan", "simulate"}) {
    const auto found = judge({name.c_str()});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->message(), "moved: slewd-lab " + name);
  }
}

TEST(UnknownCommand, AKnownOneAnOptionAndAnOperandAreLeftToTheParser) {
  EXPECT_FALSE(judge({"sources"}));
  EXPECT_FALSE(judge({"--help"}));
  EXPECT_FALSE(judge({"--socket", "plan", "status"}));
  EXPECT_FALSE(judge({"rules", "show", "shwo"}));
  EXPECT_FALSE(judge({"--", "plan"}));
  EXPECT_FALSE(judge({}));
}

TEST(TerminalWidth, APipeHasNoneSoThatTablesAreNotCut) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  const Fd before(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
  ASSERT_EQ(::dup2(writer.get(), STDOUT_FILENO), STDOUT_FILENO);
  const std::size_t width = terminal_width();
  ASSERT_EQ(::dup2(before.get(), STDOUT_FILENO), STDOUT_FILENO);
  EXPECT_EQ(width, 0U);
}

}  // namespace
}  // namespace slewd::app
