// SPDX-License-Identifier: Apache-2.0
// slewctl's subcommands. Each is added to the program's command line; when it is parsed, `chosen`
// becomes what to run, which answers the exit status. All arguments must outlive the program.
#pragma once

#include <functional>

#include "agent/ctl/arguments.hpp"

namespace CLI {
class App;
}

namespace slewd::app {

using Chosen = std::function<int()>;

// live_subcommands.cpp: what the daemon knows and does.
void add_views(CLI::App& program, Arguments& arguments, Chosen& chosen);
void add_commands(CLI::App& program, Arguments& arguments, Chosen& chosen);
// health_subcommand.cpp: for the probes of supervisors.
void add_health(CLI::App& program, Arguments& arguments, Chosen& chosen);
// jumps_subcommand.cpp, step_subcommand.cpp: they may go on for a while.
void add_jumps(CLI::App& program, Arguments& arguments, Chosen& chosen);
void add_step(CLI::App& program, Arguments& arguments, Chosen& chosen);
// rules_subcommand.cpp
void add_rules(CLI::App& program, Arguments& arguments, Chosen& chosen);
// offline_subcommands.cpp: what needs no daemon.
void add_offline(CLI::App& program, Arguments& arguments, Chosen& chosen);

}  // namespace slewd::app
