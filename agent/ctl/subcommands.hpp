// SPDX-License-Identifier: Apache-2.0
// slewctl's subcommands. Each is added to the program's command line; when it is parsed, `chosen`
// is set to the function to run, which returns the exit status. All arguments must outlive the
// program.
#pragma once

#include <functional>

#include "agent/ctl/arguments.hpp"

namespace CLI {
class App;
}

namespace slewd::app {

using Chosen = std::function<int()>;

// live_subcommands.cpp: query and control the daemon.
void add_views(CLI::App& program, Arguments& arguments, Chosen& chosen);
void add_commands(CLI::App& program, Arguments& arguments, Chosen& chosen);
// health_subcommand.cpp: health checks for supervisors.
void add_health(CLI::App& program, Arguments& arguments, Chosen& chosen);
// jumps_subcommand.cpp, step_subcommand.cpp: may run for a long time.
void add_jumps(CLI::App& program, Arguments& arguments, Chosen& chosen);
void add_step(CLI::App& program, Arguments& arguments, Chosen& chosen);
// rules_subcommand.cpp
void add_rules(CLI::App& program, Arguments& arguments, Chosen& chosen);
// convert_subcommand.cpp
void add_convert(CLI::App& program, Arguments& arguments, Chosen& chosen);
// offline_subcommands.cpp: need no daemon.
void add_offline(CLI::App& program, Arguments& arguments, Chosen& chosen);

}  // namespace slewd::app
