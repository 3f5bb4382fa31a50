// Subcommands that ask the daemon something, or tell it something.
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "agent/app/ctl/ctl_client.hpp"
#include "agent/app/ctl/ctl_tables.hpp"
#include "agent/app/slewctl/answers.hpp"
#include "agent/app/slewctl/subcommands.hpp"

namespace slewd::app {
namespace {

int command(const Arguments& arguments, const char* name) {
  nlohmann::json body = nlohmann::json::object();
  if (!arguments.reason.empty()) body["reason"] = arguments.reason;
  if (!arguments.duration.empty()) body["for"] = arguments.duration;
  const auto done = CtlClient(arguments.socket).command(name, body.dump());
  if (!done) return complain(done.error());
  std::printf("%s: done\n", name);
  const auto answer = nlohmann::json::parse(*done, nullptr, false);
  if (!answer.is_object() || !answer.contains("refused")) return kDone;
  const auto& refused = answer.at("refused");
  for (const auto& each : refused)
    (void)std::fprintf(stderr, "refused: %s\n", each.get<std::string>().c_str());
  return refused.empty() ? kDone : kRefused;
}

}  // namespace

void add_views(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  const auto add_view = [&](const char* name, const char* help, const Printer& printer) {
    program.add_subcommand(name, help)->callback([&arguments, &chosen, name, printer] {
      chosen = [&arguments, name, printer] { return show(arguments, name, printer); };
    });
  };
  add_view("status", "verdict, offset, bound, frequency, slew", status_table);
  add_view("sources", "every source with its state and the reason", sources_table);
  add_view("actions", "what rules have done", actions_table);
  program.add_subcommand("metrics", "the page that Prometheus scrapes")->callback([&] {
    chosen = [&arguments] { return print(CtlClient(arguments.socket).metrics()); };
  });
}

void add_commands(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  const auto add_command = [&](const char* name, const char* help) {
    CLI::App* verb = program.add_subcommand(name, help);
    verb->callback([&arguments, &chosen, name] {
      chosen = [&arguments, name] { return command(arguments, name); };
    });
    return verb;
  };
  CLI::App* pause = add_command("pause", "no rule acts until resume");
  pause->add_option("--reason", arguments.reason, "shown wherever rules are shown");
  pause->add_option("--for", arguments.duration, "and then they act again: 30m, 2h");
  add_command("resume", "rules act again");
  add_command("burst", "ask every source several times now");
  add_command("reload", "read the configuration again");
}

}  // namespace slewd::app
