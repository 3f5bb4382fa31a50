// SPDX-License-Identifier: Apache-2.0
// Subcommands that need no daemon: check-config, doctor, version.
#include <string>

#include <CLI/CLI.hpp>

#include "agent/config/build_info.hpp"
#include "agent/config/check_config.hpp"
#include "agent/ctl/answers.hpp"
#include "agent/ctl/doctor.hpp"
#include "agent/ctl/subcommands.hpp"
#include "agent/w32time/w32time_report.hpp"

namespace slewd::app {
namespace {

void add_check(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  CLI::App* check = program.add_subcommand(
      "check-config", "check the configuration and all rule files; needs no daemon");
  check->add_option("file", arguments.config,
                    std::string("configuration file; default: ") + kPackagedConfig +
                        " where it exists, else the built-in defaults");
  check
      ->add_option(
          "--w32time", arguments.w32time,
          "check a Windows Time service's settings (.reg or JSON file) for KB2638243 instead")
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
      "doctor",
      "check permissions and kernel features, and how to grant what is missing; needs no daemon");
  doctor->callback([&] { chosen = [&] { return print_check(run_doctor(arguments.json)); }; });
}

}  // namespace

void add_offline(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  add_check(program, arguments, chosen);
  add_doctor(program, arguments, chosen);
  program.add_subcommand("version", "print the version")->callback([&chosen] {
    chosen = [] { return print("slewctl " + build_info().version); };
  });
}

}  // namespace slewd::app
