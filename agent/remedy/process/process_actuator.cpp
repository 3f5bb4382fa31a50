// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/process/process_actuator.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <variant>

#include "base/limits.hpp"

namespace slewd::remedy {

using rules::Ending;

namespace {

Result<std::vector<std::string>> checked(std::vector<std::string> argv) {
  if (argv.empty() || !argv.front().starts_with('/'))
    return fail(ErrorCode::invalid,
                "a command must begin with an absolute path, for instance "
                "\"/usr/bin/doveadm\"");
  if (argv.size() > limits::kArgvWords)
    return fail(ErrorCode::limit,
                "a command of more than " + std::to_string(limits::kArgvWords) + " arguments");
  for (const std::string& argument : argv)
    if (argument.find('\0') != std::string::npos)
      return fail(ErrorCode::invalid, "a NUL inside an argument of the command");
  return argv;
}

// What runuser(1) sets itself, and what the loader, the C library and its tools obey, which must
// not be passed to a program of root: glibc's list of what a set-user-id program ignores.
bool is_for_after_runuser(std::string_view variable) {
  constexpr std::array<std::string_view, 19> kNames{"HOME=",
                                                    "SHELL=",
                                                    "USER=",
                                                    "LOGNAME=",
                                                    "PATH=",
                                                    "GCONV_PATH=",
                                                    "GETCONF_DIR=",
                                                    "HOSTALIASES=",
                                                    "LOCALDOMAIN=",
                                                    "LOCPATH=",
                                                    "NIS_PATH=",
                                                    "NLSPATH=",
                                                    "RES_OPTIONS=",
                                                    "TMPDIR=",
                                                    "TZDIR=",
                                                    "GLIBC_TUNABLES=",
                                                    "RESOLV_HOST_CONF=",
                                                    "LD_",
                                                    "MALLOC_"};
  return std::ranges::any_of(kNames,
                             [&](std::string_view name) { return variable.starts_with(name); });
}

}  // namespace

ProcessActuator::ProcessActuator(os::Reactor& reactor, std::string systemctl)
    : reactor_(reactor), systemctl_(std::move(systemctl)) {}

// runuser(1) refuses by itself who is not root, and hands the rest of the environment on.
ProcessActuator::Command ProcessActuator::with_runuser(const rules::RunAction& run) {
  if (run.user.empty()) return {run.argv, run.environment};
  Command child{{"/usr/sbin/runuser", "-u", run.user, "--"}, {}};
  std::vector<std::string> afterwards;
  for (const std::string& variable : run.environment)
    (is_for_after_runuser(variable) ? afterwards : child.environment).push_back(variable);
  if (!afterwards.empty()) child.argv.emplace_back("/usr/bin/env");
  child.argv.insert(child.argv.end(), afterwards.begin(), afterwards.end());
  child.argv.insert(child.argv.end(), run.argv.begin(), run.argv.end());
  return child;
}

Result<std::vector<std::string>> ProcessActuator::argv_of(
    const rules::ServiceAction& action) const {
  const auto target = std::ranges::find_if(
      targets_, [&](const rules::Target& one) { return one.name == action.target; });
  if (target == targets_.end())
    return fail(ErrorCode::not_found, "no target is named '" + action.target + "'");
  const std::string verb(rules::to_string(action.verb));
  if (const auto* command = target->command(action.verb)) return checked(*command);
  if (target->unit.empty())
    return fail(
        ErrorCode::unsupported,
        "target '" + action.target + "' has neither a unit nor a command to " + verb + " it");
  return checked({systemctl_, verb, "--", target->unit});
}

Result<ProcessActuator::Command> ProcessActuator::command_of(const rules::Action& action) const {
  if (const auto* run = std::get_if<rules::RunAction>(&action)) {
    if (auto own = checked(run->argv); !own) return fail(std::move(own.error()));
    return with_runuser(*run);
  }
  if (const auto* service = std::get_if<rules::ServiceAction>(&action)) {
    auto argv = argv_of(*service);
    if (!argv) return fail(std::move(argv.error()));
    return Command{std::move(*argv), {}};
  }
  return fail(ErrorCode::internal, "no action for a process: " + rules::describe(action));
}

void ProcessActuator::begin(std::uint64_t id, const rules::Action& action, Nanos timeout,
                            Done done) {
  const auto child = command_of(action);
  if (!child) return done({Ending::refused, child.error().describe()});
  const std::uint64_t key = ++last_child_;
  auto process =
      std::make_unique<ChildProcess>(reactor_, done, [this, key] { children_.erase(key); });
  if (const auto started = process->start(child->argv, timeout, child->environment); !started)
    return done({Ending::failed, started.error().describe()});
  children_[key] = {id, std::move(process)};
  bound_lingering();
}

void ProcessActuator::abandon(std::uint64_t id) {
  for (auto& [key, child] : children_)
    if (child.action == id) child.process->abandon();
}

// A daemon that was started by an action may keep our pipe for as long as it lives. It is read, so
// that its writes neither block nor kill it, but for a bounded number only: the oldest go.
void ProcessActuator::bound_lingering() {
  auto lingering = static_cast<std::size_t>(std::ranges::count_if(
      children_, [](const auto& entry) { return entry.second.process->lingering(); }));
  for (auto child = children_.begin();
       child != children_.end() && lingering > limits::kLingeringPipes;) {
    const bool goes = child->second.process->lingering();
    child = goes ? children_.erase(child) : std::next(child);
    if (goes) --lingering;
  }
}

}  // namespace slewd::remedy
