// SPDX-License-Identifier: Apache-2.0
#include "agent/config/command_line.hpp"

#include <array>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slewd::app {
namespace {

std::optional<Error> judge(const char* word) {
  CLI::App program;
  program.add_subcommand("status");
  program.add_subcommand("sources");
  const std::array<const char*, 2> argv{"slewctl", word};
  return unknown_command(program.get_subcommands({}), 2, argv.data());
}

TEST(UnknownCommand, IsNamedAndANearOneIsSuggested) {
  const auto found = judge("statsu");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->message(), "no command 'statsu'; did you mean 'status'?; --help lists all");
}

TEST(UnknownCommand, AKnownOneAndAnOptionAreLeftToTheParser) {
  EXPECT_FALSE(judge("sources"));
  EXPECT_FALSE(judge("--help"));
}

}  // namespace
}  // namespace slewd::app
