// SPDX-License-Identifier: Apache-2.0
// slewctl jumps: from the daemon, or from its ledger file when it is down.
#include <cerrno>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>
#include <poll.h>
#include <unistd.h>

#include "agent/ctl/answers.hpp"
#include "agent/ctl/ctl_client.hpp"
#include "agent/ctl/ctl_jumps.hpp"
#include "agent/ctl/since.hpp"
#include "agent/ctl/subcommands.hpp"
#include "agent/os/clock/system_clock.hpp"
#include "agent/records/jump_ledger.hpp"

namespace slewd::app {
namespace {

int run_jumps(Arguments& arguments) {
  constexpr int kPollMilliseconds = 1000;
  const os::SystemClock clock;
  const CtlClient client(arguments.socket);
  const JumpsWorld world{[&](std::uint64_t since_id) {
                           return client.get("jumps?since_id=" + std::to_string(since_id));
                         },
                         clock, records::jump_ledger_path(Config{}.state_directory)};
  arguments.jumps.json = arguments.json;
  arguments.jumps.width = terminal_width();
  if (const auto since = parse_since(arguments.jumps.since);
      !since && !arguments.jumps.since.empty()) {
    (void)report_error(since.error());
    return kUsage;
  }
  if (!arguments.follow) return print(show_jumps(arguments.jumps, world));
  const Follower follower{
      [](const std::string& line) -> Result<void> {
        if (std::fputs(line.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return {};
        return fail(system_error("standard output", errno));
      },
      [](const std::string& text) { (void)std::fprintf(stderr, "slewctl: %s\n", text.c_str()); },
      [] { return ::poll(nullptr, 0, kPollMilliseconds) == 0; }};
  const auto ended = follow_jumps(arguments.jumps, world, follower);
  return ended ? kDone : report_error(ended.error());
}

}  // namespace

void add_jumps(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  CLI::App* jumps = program.add_subcommand(
      "jumps", "list detected clock jumps (from the ledger file if the daemon is down)");
  jumps->add_option("--since", arguments.jumps.since,
                    "not older than this duration (2h) or UTC time (2026-02-03T04:05Z)");
  CLI::Option* follow =
      jumps->add_flag("--follow", arguments.follow, "print new jumps as they are detected");
  jumps
      ->add_option(
          "--ledger", arguments.jumps.ledger,
          "read this file instead of asking the daemon; file used if the daemon is down: " +
              records::jump_ledger_path(Config{}.state_directory))
      ->excludes(follow);
  jumps->callback([&] { chosen = [&] { return run_jumps(arguments); }; });
}

}  // namespace slewd::app
