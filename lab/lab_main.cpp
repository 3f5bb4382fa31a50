// SPDX-License-Identifier: Apache-2.0
// slewd-lab: demo, simulate, plan. Needs no privileges and does not change the machine's clock.
#include <cstdint>
#include <cstdio>
#include <new>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>

#include "agent/config/build_info.hpp"
#include "agent/config/command_line.hpp"
#include "agent/os/process/resources.hpp"
#include "agent/w32time/w32time_report.hpp"
#include "base/duration.hpp"

#include "lab/demo/demo.hpp"
#include "lab/demo/demo_victim.hpp"
#include "lab/lab_commands.hpp"

namespace {

using namespace slewd;
using app::print_offline;

struct Arguments {
  lab::DemoOptions demo;
  std::string demo_length;
  lab::VictimOptions victim;
  lab::PlanArguments plan;
  lab::SimulateArguments simulate;
  std::string w32time;
};

CLI::App* add_demo(CLI::App& program, Arguments& arguments) {
  CLI::App* demo = program.add_subcommand(
      "demo", "run slewd with a simulated clock and a service that a clock step breaks");
  demo->add_option("--for", arguments.demo_length, "end after this time, e.g. 90s");
  demo->add_flag("--check", arguments.demo.check,
                 "exit when every step of the demo has happened; status 1 if one has not");
  demo->add_flag("--verbose", arguments.demo.verbose, "print the daemon's log");
  demo->add_option("--port", arguments.demo.port,
                   "TCP port of the page and the metrics; 0 = any free port")
      ->check(CLI::Range(0, 65535));
  return demo;
}

CLI::App* add_victim(CLI::App& program, Arguments& arguments) {
  CLI::App* victim = program.add_subcommand("demo-victim", "the mail service of the demo");
  victim->group("");  // used by the demo only: hidden in the help
  victim->add_option("--port", arguments.victim.port)->required();
  victim->add_option("--clock", arguments.victim.clock_page)->required();
  victim->add_option("--log", arguments.victim.log)->required();
  return victim;
}

CLI::App* add_plan(CLI::App& program, Arguments& arguments) {
  CLI::App* plan =
      program.add_subcommand("plan", "predict how long a slew takes and what a step would break");
  plan->add_option("--offset", arguments.plan.offset,
                   "offset of the clock; positive = behind, negative = ahead: 11s, -11s")
      ->required();
  plan->add_option("--rate", arguments.plan.rate,
                   "slew at this rate instead of the configured one: 500ppm, 8.3%");
  plan->add_option("--config", arguments.plan.config,
                   "configuration file of slewd; default: the built-in defaults");
  plan->add_flag("--json", arguments.plan.json, "print JSON");
  return plan;
}

CLI::App* add_simulate(CLI::App& program, Arguments& arguments) {
  lab::SimulateArguments& wanted = arguments.simulate;
  CLI::App* simulate =
      program.add_subcommand("simulate", "run slewd in a simulated world and print its errors");
  simulate->add_option("scenario", wanted.scenario, "name of a shipped scenario, or a file");
  simulate->add_flag("--list", wanted.list, "list the shipped scenarios");
  simulate->add_option("--seed", wanted.seed, "seed of the random numbers")->capture_default_str();
  simulate->add_option("--seeds", wanted.seeds, "number of runs with consecutive seeds")
      ->check(CLI::Range(1, 1000));
  simulate->add_option("--poll", wanted.poll,
                       "range of poll intervals: 6:10 (powers of 2 s) or 64s:1024s");
  simulate->add_option("--config", wanted.config,
                       "configuration file of slewd; default: the built-in defaults");
  simulate->add_option("--svg", wanted.svg, "write the plot of the first run to this file");
  simulate->add_option("--json", wanted.json_file, "write results and series to this file");
  simulate->add_flag("--summary-json", wanted.json, "print the results as JSON");
  CLI::Option* windows = simulate->add_option("--w32time", arguments.w32time,
                                              "show how a Windows Time service with these settings "
                                              "(.reg or JSON file) handles an offset of 7 s");
  for (CLI::Option* option : simulate->get_options())
    if (option != windows && !option->check_name("--help")) windows->excludes(option);
  return simulate;
}

int run_demo(Arguments& arguments) {
  if (!arguments.demo_length.empty()) {
    const auto length = parse_duration(arguments.demo_length);
    if (!length) return print_offline(fail(length.error()));
    arguments.demo.length = *length;
  }
  try {
    return lab::run_demo(arguments.demo);
  } catch (const std::system_error& failure) {  // no more threads or descriptors
    return print_offline(fail(os::resource_error(failure)));
  } catch (const std::bad_alloc& failure) {
    return print_offline(fail(os::resource_error(failure)));
  }
}

int run_victim(const Arguments& arguments) {
  const auto launched = lab::launch_victim(arguments.victim);
  return launched ? app::kDone : print_offline(fail(launched.error()));
}

int run_simulate(const Arguments& arguments) {
  if (!arguments.w32time.empty()) return print_offline(show_w32time(arguments.w32time));
  return print_offline(lab::run_simulate(arguments.simulate));
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App program("Demonstrate, simulate and plan with slewd, without touching the clock.",
                   "slewd-lab");
  program.require_subcommand(1);
  program.set_version_flag("--version", "slewd-lab " + app::build_info().version);
  const CLI::App* demo = add_demo(program, arguments);
  const CLI::App* plan = add_plan(program, arguments);
  const CLI::App* simulate = add_simulate(program, arguments);
  add_victim(program, arguments);

  if (const auto unknown = app::unknown_command(program, argc, argv))
    return print_offline(fail(*unknown));
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? app::kDone : app::kUsage;
  }
  if (demo->parsed()) return run_demo(arguments);
  if (plan->parsed()) return print_offline(lab::run_plan(arguments.plan));
  if (simulate->parsed()) return run_simulate(arguments);
  return run_victim(arguments);
}
