// SPDX-License-Identifier: Apache-2.0
// slewctl step: shows the plan of a step, or requests the step and waits for its end.
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>
#include <poll.h>

#include "agent/ctl/answers.hpp"
#include "agent/ctl/ctl_client.hpp"
#include "agent/ctl/ctl_step.hpp"
#include "agent/ctl/subcommands.hpp"

namespace slewd::app {
namespace {

int run_step(Arguments& arguments) {
  constexpr int kActionsPollMilliseconds = 500;
  const CtlClient client(arguments.socket);
  arguments.step.json = arguments.json;
  const auto end = run_step(
      arguments.step,
      {[&](const std::string& body) { return client.command("step", body); },
       [&] { return client.get("actions"); },
       [] { return ::poll(nullptr, 0, kActionsPollMilliseconds) == 0; },
       [](const std::string& text) { (void)std::fprintf(stderr, "slewctl: %s\n", text.c_str()); }});
  if (!end) return report_error(end.error());
  const int printed = print(end->text);
  return end->good || printed != kDone ? printed : kFailed;
}

}  // namespace

void add_step(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  CLI::App* step = program.add_subcommand("step",
                                          "step the clock to true time, running pre- and post-step "
                                          "hooks (prints the plan without --yes)");
  step->add_flag("--to-true", arguments.to_true, "step to true time as measured from the sources")
      ->required();
  CLI::Option* yes = step->add_flag("--yes", arguments.step.yes, "execute and wait");
  CLI::Option* reason = step->add_option("--reason", arguments.step.reason, "reason to record");
  yes->needs(reason);
  step->callback([&] { chosen = [&] { return run_step(arguments); }; });
}

}  // namespace slewd::app
