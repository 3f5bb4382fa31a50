// SPDX-License-Identifier: Apache-2.0
// slewctl health: for the probes of supervisors, whose timeouts are short.
#include <csignal>
#include <cstring>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "agent/ctl/answers.hpp"
#include "agent/ctl/ctl_health.hpp"
#include "agent/ctl/subcommands.hpp"

namespace slewd::app {
namespace {

// For the whole command, including the look-up of a name and a slow answer.
constexpr unsigned kAllSeconds = 2;

void report_timeout(int /*signal*/) {
  constexpr char kText[] = "slewctl: no complete answer within 2 s\n";
  (void)!::write(STDERR_FILENO, kText, std::strlen(kText));
  ::_exit(kUnreachable);
}

int health(const Arguments& arguments) {
  (void)std::signal(SIGALRM, report_timeout);
  (void)::alarm(kAllSeconds);
  const auto answer = ask_health(arguments.health);
  if (!answer && answer.error().code() == ErrorCode::invalid) return print_offline(answer);
  return print(answer);
}

}  // namespace

void add_health(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  CLI::App* verb = program.add_subcommand("health",
                                          "check that slewd is alive, for probes; exit status 0 = "
                                          "healthy, 1 = not healthy, 3 = no answer "
                                          "within 2 s");
  verb->add_flag("--ready", arguments.health.ready,
                 "check that slewd serves its first snapshot too; it need not be synchronized");
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
