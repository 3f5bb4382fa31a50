// SPDX-License-Identifier: Apache-2.0
// slewctl: queries and controls the running daemon over its unix socket.
#include <CLI/CLI.hpp>

#include "agent/config/build_info.hpp"
#include "agent/config/command_line.hpp"
#include "agent/ctl/answers.hpp"
#include "agent/ctl/subcommands.hpp"

int main(int argc, char** argv) {
  using namespace slewd::app;
  Arguments arguments;
  Chosen chosen;
  CLI::App program("Query and control slewd; check its configuration and this machine.", "slewctl");
  program.require_subcommand(1);
  program.fallthrough();  // --json and --socket may follow the command as well
  program.set_version_flag("--version", "slewctl " + build_info().version);
  program.add_option("--socket", arguments.socket, "the daemon's unix socket")
      ->capture_default_str();
  program.add_flag("--json", arguments.json, "print the API's JSON instead of a table");
  add_views(program, arguments, chosen);
  add_health(program, arguments, chosen);
  add_jumps(program, arguments, chosen);
  add_rules(program, arguments, chosen);
  add_commands(program, arguments, chosen);
  add_step(program, arguments, chosen);
  add_convert(program, arguments, chosen);
  add_offline(program, arguments, chosen);

  if (const auto unknown = unknown_command(program, argc, argv)) {
    (void)report_error(*unknown);
    return kUsage;
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? kDone : kUsage;
  }
  return chosen();
}
