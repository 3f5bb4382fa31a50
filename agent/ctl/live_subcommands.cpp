// SPDX-License-Identifier: Apache-2.0
// Subcommands that query or control the daemon.
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <poll.h>

#include "agent/ctl/answers.hpp"
#include "agent/ctl/ctl_client.hpp"
#include "agent/ctl/ctl_tables.hpp"
#include "agent/ctl/subcommands.hpp"
#include "agent/os/clock/system_clock.hpp"
#include "base/duration.hpp"

namespace slewd::app {
namespace {

constexpr int kSyncPollMilliseconds = 1000;

// Whether the daemon reports a synchronized clock, with an error bound within `bound` unless that
// is zero. A daemon that does not answer yet may be starting.
bool in_sync(const CtlClient& client, Nanos bound, std::string& why) {
  const auto body = client.get("status");
  if (!body) {
    why = body.error().describe();
    return false;
  }
  const auto status = nlohmann::json::parse(*body, nullptr, false);
  if (!status.is_object() || !status.contains("verdict")) {
    why = "cannot parse the answer of slewd; it may be another version";
    return false;
  }
  why = status.at("verdict").value("text", "");
  if (!status.value("synchronized", false)) return false;
  return bound == Nanos{0} || from_seconds(status.value("error_bound_seconds", 1e9)) <= bound;
}

int wait_for_sync(const Arguments& arguments) {
  const auto bound = parse_duration(arguments.bound);
  const auto timeout = parse_duration(arguments.timeout);
  for (const auto* each : {&bound, &timeout})
    if (!*each || **each < Nanos{0})
      return print_offline(fail(ErrorCode::invalid, *each ? "a duration must not be negative"
                                                          : each->error().describe()));
  const CtlClient client(arguments.socket);
  const os::SystemClock clock;
  const BootTime end = clock.now().boot + *timeout;
  std::string why;
  while (!in_sync(client, *bound, why)) {
    if (*timeout > Nanos{0} && clock.now().boot >= end)
      return report_error(
          {ErrorCode::limit, "not synchronized after " + format(*timeout) + ": " + why});
    (void)::poll(nullptr, 0, kSyncPollMilliseconds);
  }
  std::printf("the clock is synchronized; verdict: %s\n", why.c_str());
  return kDone;
}

int command(const Arguments& arguments, const char* name) {
  nlohmann::json body = nlohmann::json::object();
  if (!arguments.reason.empty()) body["reason"] = arguments.reason;
  if (!arguments.duration.empty()) body["for"] = arguments.duration;
  const auto done = CtlClient(arguments.socket).command(name, body.dump());
  if (!done) return report_error(done.error());
  const auto answer = nlohmann::json::parse(*done, nullptr, false);
  const std::string warning = answer.is_object() ? answer.value("warning", "") : "";
  std::printf("%s: done%s%s\n", name, warning.empty() ? "" : "; warning: ", warning.c_str());
  if (!answer.is_object() || !answer.contains("refused")) return kDone;
  const auto& refused = answer.at("refused");
  for (const auto& each : refused)
    (void)std::fprintf(stderr, "refused: %s\n", each.get<std::string>().c_str());
  return refused.empty() ? kDone : kFailed;
}

}  // namespace

void add_views(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  const auto add_view = [&](const char* name, const char* help, const Printer& printer) {
    program.add_subcommand(name, help)->callback([&arguments, &chosen, name, printer] {
      chosen = [&arguments, name, printer] { return show(arguments, name, printer); };
    });
  };
  program
      .add_subcommand(
          "status",
          "show verdict, offset, error bound, frequency and slew; exit status 0 = ok, 4 = warning, "
          "5 = critical, 6 = unknown")
      ->callback([&] { chosen = [&arguments] { return show_status(arguments); }; });
  add_view("sources", "list time sources with their state and the reason", sources_table);
  add_view("actions", "list recent actions of rules", actions_table);
  CLI::App* wait =
      program.add_subcommand("waitsync", "wait until slewd has synchronized the clock");
  wait->add_option("--bound", arguments.bound, "wait for an error bound of at most this too: 10ms")
      ->capture_default_str();
  wait->add_option("--timeout", arguments.timeout,
                   "exit with status 1 after this time; 0s = wait without limit")
      ->capture_default_str();
  wait->callback([&] { chosen = [&arguments] { return wait_for_sync(arguments); }; });
  program.add_subcommand("metrics", "print the metrics as Prometheus scrapes them")->callback([&] {
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
  CLI::App* pause = add_command("pause", "pause all rule actions");
  pause->add_option("--reason", arguments.reason, "reason shown with the rules");
  pause->add_option("--for", arguments.duration, "resume automatically after this time: 30m, 2h");
  add_command("resume", "resume rule actions");
  add_command("burst", "poll all sources several times now");
  add_command("reload", "reload the configuration");
}

}  // namespace slewd::app
