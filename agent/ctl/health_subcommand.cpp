// SPDX-License-Identifier: Apache-2.0
// slewctl health: for the probes of supervisors, which have no patience.
#include <csignal>
#include <cstring>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "agent/ctl/answers.hpp"
#include "agent/ctl/ctl_health.hpp"
#include "agent/ctl/subcommands.hpp"

namespace slewd::app {
namespace {

// For all of it, a name to be looked up and an answer that trickles in included.
constexpr unsigned kAllSeconds = 2;

void give_up(int /*signal*/) {
  constexpr char kText[] = "slewctl: no whole answer within 2 s\n";
  (void)!::write(STDERR_FILENO, kText, std::strlen(kText));
  ::_exit(kUnreachable);
}

int health(const Arguments& arguments) {
  (void)std::signal(SIGALRM, give_up);
  (void)::alarm(kAllSeconds);
  const auto said = ask_health(arguments.health);
  if (!said && said.error().code() == ErrorCode::invalid) return print_offline(said);
  return print(said);
}

}  // namespace

void add_health(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  CLI::App* verb = program.add_subcommand(
      "health",
      "whether slewd is alive and serves, for probes: exit status 0, 1 when it says no, 3 when it "
      "does not answer within 2 s");
  verb->add_flag("--ready", arguments.health.ready,
                 "whether its first snapshot is there as well; nothing need be measured yet");
  verb->add_option("--url", arguments.health.url,
                   "ask http://HOST:PORT instead of the unix socket");
  verb->callback([&arguments, &chosen] {
    chosen = [&arguments] {
      arguments.health.socket = arguments.socket;
      return health(arguments);
    };
  });
}

}  // namespace slewd::app
