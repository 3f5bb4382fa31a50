// SPDX-License-Identifier: Apache-2.0
// Subcommands that need no daemon: check, look, plan, simulate.
#include <string>

#include <CLI/CLI.hpp>

#include "agent/app/build_info.hpp"
#include "agent/app/check_config.hpp"
#include "agent/app/ctl/ctl_w32time.hpp"
#include "agent/app/ctl/offline_commands.hpp"
#include "agent/app/slewctl/answers.hpp"
#include "agent/app/slewctl/subcommands.hpp"

namespace slewd::app {
namespace {

void add_check(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  CLI::App* check = program.add_subcommand(
      "check-config", "slewd's configuration and rule files, or a Windows Time service's settings");
  check->add_option("file", arguments.config,
                    std::string("slewd's; default: ") + kPackagedConfig +
                        " where it exists, else the built-in defaults");
  check
      ->add_option("--w32time", arguments.w32time,
                   "look for KB2638243 in a .reg or JSON file instead")
      ->excludes("file");
  check->callback([&] {
    chosen = [&] {
      if (!arguments.w32time.empty()) return print_check(check_w32time(arguments.w32time));
      return print_check(check_config(config_path(arguments.config)));
    };
  });
}

void add_doctor(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  CLI::App* doctor = program.add_subcommand(
      "doctor", "what this machine lets slewd see and do, and what to grant; needs no daemon");
  doctor->callback([&] { chosen = [&] { return print_check(run_doctor(arguments.json)); }; });
}

void add_plan(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  CLI::App* plan = program.add_subcommand(
      "plan", "the time line of a slew, and what a step would hurt; needs no daemon");
  plan->add_option("--offset", arguments.plan.offset,
                   "how far the clock is behind; negative = ahead: 11s, -11s")
      ->required();
  plan->add_option("--rate", arguments.plan.rate,
                   "slew at this rate instead of the configured one: 500ppm, 8.3%");
  plan->add_option("--config", arguments.plan.config,
                   "slewd's configuration file; without it slewd's defaults");
  plan->add_flag("--json", arguments.plan.json, "JSON instead of text");
  plan->callback([&] {
    chosen = [&] {
      arguments.plan.json = arguments.plan.json || arguments.json;
      return print_offline(run_plan(arguments.plan));
    };
  });
}

void add_simulate(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  SimulateArguments& wanted = arguments.simulate;
  CLI::App* simulate = program.add_subcommand(
      "simulate", "what slewd would do in a scenario, in its simulator; needs no daemon");
  simulate->add_option("scenario", wanted.scenario, "the name of a shipped one, or a file");
  simulate->add_flag("--list", wanted.list, "the shipped scenarios");
  simulate->add_option("--seed", wanted.seed, "the same seed, the same run")->capture_default_str();
  simulate->add_option("--seeds", wanted.seeds, "so many runs; the seed counts up")
      ->check(CLI::Range(1, 1000));
  simulate->add_option("--poll", wanted.poll, "range of polls: 6:10 (powers of 2 s), 64s:1024s");
  simulate->add_option("--config", wanted.config,
                       "slewd's configuration file; without it slewd's defaults");
  simulate->add_option("--svg", wanted.svg, "write the plot of the first run to this file");
  simulate->add_option("--json", wanted.json_file, "write results and series to this file");
  CLI::Option* windows = simulate->add_option(
      "--w32time", arguments.w32time,
      "a Windows Time service's .reg or JSON file instead: what it makes of 7 s");
  for (CLI::Option* option : simulate->get_options())
    if (option != windows && !option->check_name("--help")) windows->excludes(option);
  simulate->callback([&] {
    chosen = [&] {
      if (!arguments.w32time.empty()) return print_offline(show_w32time(arguments.w32time));
      arguments.simulate.json = arguments.json;
      return print_offline(run_simulate(arguments.simulate));
    };
  });
}

}  // namespace

void add_offline(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  add_check(program, arguments, chosen);
  add_doctor(program, arguments, chosen);
  add_plan(program, arguments, chosen);
  add_simulate(program, arguments, chosen);
  program.add_subcommand("version", "print the version")->callback([&chosen] {
    chosen = [] { return print("slewctl " + build_info().version); };
  });
}

}  // namespace slewd::app
