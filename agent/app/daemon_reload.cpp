// The configuration read anew: all of it that can change while slewd runs, or nothing.
#include <utility>

#include "agent/app/check_config.hpp"
#include "agent/app/daemon.hpp"

namespace slewd::app {

Result<std::vector<std::string>> Daemon::reload() {
  std::string in_force = "the old configuration";
  auto done = try_to_reload(in_force);
  if (!done)
    log_.write(LogLevel::error, "the new configuration is refused",
               {{"error", done.error().describe()}, {"in_force", in_force}});
  return done;
}

Result<std::vector<std::string>> Daemon::try_to_reload(std::string& in_force) {
  if (!options_.reloadable)
    return fail(ErrorCode::unsupported, "the demo has no configuration file to read again");
  const std::scoped_lock turn(reload_mutex_);
  (void)notifier_.reloading(machine_.stamp_clock().now().mono);
  auto fresh = load_config(loaded_.path, loaded_.rule_texts);
  (void)notifier_.ready();
  if (!fresh) return fail(std::move(fresh.error()));
  *fresh = as_told(std::move(*fresh), options_);
  const Config& now = loaded_.config;
  const Config& next = fresh->config;
  if (next.listen.host != now.listen.host || next.listen.port != now.listen.port ||
      next.control_socket != now.control_socket || next.state_directory != now.state_directory ||
      next.trace_file != now.trace_file || next.journal_jumps != now.journal_jumps ||
      next.log != now.log || next.user != now.user || next.seccomp != now.seccomp)
    log_.write(
        LogLevel::warning,
        "listen, control_socket, state_directory, trace_file, jumps.journal, log, user and seccomp "
        "change at the next restart");
  // Rules first: a busy agent refuses before the core has changed.
  if (agent_ != nullptr)
    if (auto replaced = agent_->replace(fresh->rules); !replaced)
      return fail(std::move(replaced.error()));
  const auto apply = [this, core = next.core] { engine_->apply(core); };
  if (options_.single_thread)
    apply();
  else if (auto posted = post_to_core(apply); !posted)
    return fail(without_the_core(std::move(posted.error()), in_force));
  log_.write(LogLevel::info, "configuration reloaded", {{"hash", fresh->hash}});
  warn_of_fault(next.core);
  warn_of_refused(fresh->refused);
  for (const std::string& each : fresh->warnings) log_.write(LogLevel::warning, each);
  if (agent_ != nullptr) agent_->show_refused(fresh->refused);
  loaded_.config.core = next.core;
  loaded_.config.leap_list = next.leap_list;
  read_leap_list(next.leap_list);
  loaded_.rules = std::move(fresh->rules);
  loaded_.rule_texts = std::move(fresh->rule_texts);
  loaded_.hash = fresh->hash;
  return std::move(fresh->refused);
}

// The new rules are with the agent, and the core takes nothing: all of the old is put back, or it
// is said what is not.
Error Daemon::without_the_core(Error refused, std::string& in_force) {
  if (agent_ == nullptr || agent_->replace(loaded_.rules)) return refused;
  in_force = "the new rules, and the old rest";
  return std::move(refused).within("only the rules are reloaded");
}

void Daemon::warn_of_refused(const std::vector<std::string>& refused) {
  for (const std::string& each : refused)
    log_.write(LogLevel::error, "a rule file is refused; the others are in force",
               {{"error", each}});
}

void Daemon::warn_of_fault(const core::CoreConfig& config) {
  if (const auto fault = find_fault(config))
    log_.write(LogLevel::warning, fault->title, {{"help", "slewd check-config explains it"}});
}

}  // namespace slewd::app
