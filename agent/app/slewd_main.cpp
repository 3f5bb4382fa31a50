// SPDX-License-Identifier: Apache-2.0
// slewd: run, check-config, restore-frequency, resume-services, tracepoints, version.
#include <csignal>
#include <cstdio>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>

#include "agent/app/daemon.hpp"
#include "agent/app/prepare_process.hpp"
#include "agent/app/real_machine.hpp"
#include "agent/app/restore_frequency.hpp"
#include "agent/app/resume_services.hpp"
#include "agent/clockbound/cycle_counter.hpp"
#include "agent/config/build_info.hpp"
#include "agent/config/check_config.hpp"
#include "agent/config/command_line.hpp"
#include "agent/config/config.hpp"
#include "agent/os/clock/system_clock.hpp"
#include "agent/os/process/resources.hpp"
#include "agent/os/trace/tracefs.hpp"
#include "agent/w32time/w32time_report.hpp"
#include "base/host.hpp"

namespace {

using namespace slewd;

using app::kDone;
using app::kFailed;
using app::kUsage;

// Longest stop after a signal: for threads that wait for other programs, and for the log.
constexpr unsigned kStopSeconds = 4;

struct Arguments {
  std::string config;
  std::string w32time;
  std::string mode;
  std::string tracepoints;
  bool hand_over = false;
  bool single_thread = false;
  bool foreground = false;
  bool no_seccomp = false;
  bool wait = false;
  bool detach = false;
};

void report_error(const Error& error) {
  (void)std::fprintf(stderr, "%s\n", error.describe().c_str());
}

std::optional<core::Mode> mode_of(const std::string& text) {
  for (const core::Mode mode : {core::Mode::observe, core::Mode::automatic, core::Mode::takeover})
    if (to_string(mode) == text) return mode;
  return std::nullopt;
}

int run(const Arguments& arguments) {
  auto loaded = app::load_config(app::config_path(arguments.config));
  if (!loaded) {
    report_error(loaded.error());
    return kUsage;
  }
  app::Config& config = loaded->config;
  config.seccomp = config.seccomp && !arguments.no_seccomp;
  os::end_on_lack_of_resources(kFailed);
  (void)std::signal(SIGPIPE, SIG_IGN);  // also when the log is written that ends last
  (void)std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error like a full disk
  app::Grounds grounds = app::prepare_process(config, arguments.single_thread);
  if (grounds.refused) {
    report_error(*grounds.refused);
    return grounds.refused->code() == ErrorCode::permission ? kUsage : kFailed;
  }
  app::RealMachine machine(config.state_directory, std::move(grounds.tracing));
  app::Log log(config.log, arguments.single_thread ? app::Log::Delivery::direct
                                                   : app::Log::Delivery::asynchronous);
  for (const std::string& each : grounds.warnings) log.write(app::LogLevel::warning, each);
  std::function<void()> limit_stop;
  // A process of one thread waits for no other thread.
  if (!arguments.single_thread) limit_stop = [] { os::end_within(kStopSeconds, kDone); };
  app::Daemon daemon(std::move(*loaded), machine, log,
                     {.single_thread = arguments.single_thread,
                      .keep_ledger = true,
                      .reloadable = true,
                      .mode = mode_of(arguments.mode),
                      .fallback_command = app::fallback_command(arguments.config),
                      .cycle_counter = clockbound::kernel_uses_cycle_counter(),
                      .on_clock_left = limit_stop});
  daemon.start();
  daemon.run();
  return kDone;
}

// Reports a lack of threads, descriptors or memory while `work` starts.
int with_resources(const std::function<int()>& work) {
  try {
    return work();
  } catch (const std::system_error& failure) {
    report_error(os::resource_error(failure));
  } catch (const std::bad_alloc& failure) {
    report_error(os::resource_error(failure));
  }
  return kFailed;
}

int check_config(const Arguments& arguments) {
  if (!arguments.w32time.empty()) return app::print_check(check_w32time(arguments.w32time));
  return app::print_check(app::check_config(app::config_path(arguments.config)));
}

int restore(const Arguments& arguments) {
  const auto loaded = app::load_config(app::config_path(arguments.config));
  // A broken configuration must not leave a slew in force: fall back on the default folder.
  const std::string folder =
      loaded ? loaded->config.state_directory : app::Config{}.state_directory;
  const auto restored = app::restore_frequency(folder);
  if (restored) return kDone;
  report_error(restored.error());
  return kFailed;
}

int resume_services(const Arguments& arguments) {
  std::function<void()> ready;
  if (arguments.detach) {
    auto detached = app::detach();
    if (!detached) {
      report_error(detached.error());
      return kFailed;
    }
    ready = std::move(*detached);
  }
  const auto loaded = app::load_config(app::config_path(arguments.config));
  // A broken configuration must not leave a service down: the default folder is the best guess.
  app::ResumeOptions options;
  options.state_directory = loaded ? loaded->config.state_directory : app::Config{}.state_directory;
  options.wait = arguments.wait;
  if (!arguments.wait && has_systemd()) options.when_empty = app::resume_timer_command("stop");
  if (ready) ready();
  const auto resumed = app::resume_services(
      options, os::SystemClock(),
      [](const std::string& text) { (void)std::fprintf(stderr, "%s\n", text.c_str()); });
  if (resumed) return kDone;
  report_error(resumed.error());
  return kFailed;
}

// For root, before the daemon starts without it.
int tracepoints(const Arguments& arguments) {
  const auto list = os::read_tracepoints_as_root();
  if (!list) {
    report_error(list.error());
    return kFailed;
  }
  Result<void> done;
  if (!arguments.tracepoints.empty()) done = os::write_tracepoints(arguments.tracepoints, *list);
  if (done && arguments.hand_over) done = os::hand_over_trace_events(*list);
  if (!done) report_error(done.error());
  if (arguments.tracepoints.empty() && !arguments.hand_over)
    (void)std::fputs(os::format_tracepoints(*list).c_str(), stdout);
  return done ? kDone : kFailed;
}

int show_version() {
  const auto info = app::build_info();
  std::printf("slewd %s (revision %s, %s)\n", info.version.c_str(), info.revision.c_str(),
              info.compiler.c_str());
  return kDone;
}

void add_config_option(CLI::App* command, Arguments& arguments) {
  command->add_option("-c,--config", arguments.config,
                      std::string("configuration file; default: ") + app::kPackagedConfig +
                          " where it exists, else the built-in defaults");
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App program(
      "Keep the system clock accurate without steps, and repair services after clock jumps.",
      "slewd");
  program.require_subcommand(1);
  program.set_version_flag("--version", "slewd " + app::build_info().version);

  CLI::App* run_command = program.add_subcommand("run", "run the daemon in the foreground");
  add_config_option(run_command, arguments);
  run_command->add_option("--mode", arguments.mode, "overrides mode in the configuration")
      ->check(CLI::IsMember({"observe", "auto", "takeover"}));
  run_command->add_flag("--foreground", arguments.foreground, "ignored, for compatibility");
  run_command->add_flag("--no-seccomp", arguments.no_seccomp,
                        "do not filter system calls; overrides seccomp in the configuration");
  run_command->add_flag("--single-thread", arguments.single_thread,
                        "run only the clock core: no rules, no HTTP, no other thread");
  CLI::App* check_command =
      program.add_subcommand("check-config", "check the configuration and all rule files");
  add_config_option(check_command, arguments);
  check_command->add_option("file", arguments.config, "the same as --config")->excludes("--config");
  check_command
      ->add_option(
          "--w32time", arguments.w32time,
          "check a Windows Time service's settings (.reg or JSON file) for KB2638243 instead")
      ->excludes("--config")
      ->excludes("file");
  CLI::App* restore_command = program.add_subcommand(
      "restore-frequency", "restore the clock's base frequency after a crash");
  add_config_option(restore_command, arguments);
  CLI::App* resume_command = program.add_subcommand(
      "resume-services", "restart services that an interrupted planned step left stopped");
  add_config_option(resume_command, arguments);
  CLI::Option* wait = resume_command->add_flag("--wait", arguments.wait, "wait until none is left");
  resume_command->add_flag("--detach", arguments.detach, "run in the background")->needs(wait);
  CLI::App* tracepoints_command = program.add_subcommand(
      "tracepoints",
      "print or write the tracepoint IDs that identify who sets the clock (needs root)");
  tracepoints_command->add_option("--write", arguments.tracepoints,
                                  "write to this file, for a daemon that does not run as root");
  tracepoints_command->add_flag(
      "--hand-over", arguments.hand_over,
      "open the trace events too and store them in the service manager for the daemon");
  program.add_subcommand("version", "print the version");

  if (const auto unknown = app::unknown_command(program, argc, argv)) {
    report_error(*unknown);
    return kUsage;
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? kDone : kUsage;
  }
  if (run_command->parsed()) return with_resources([&] { return run(arguments); });
  if (check_command->parsed()) return check_config(arguments);
  if (restore_command->parsed()) return restore(arguments);
  if (resume_command->parsed()) return resume_services(arguments);
  if (tracepoints_command->parsed()) return tracepoints(arguments);
  return show_version();
}
