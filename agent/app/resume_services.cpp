// SPDX-License-Identifier: Apache-2.0
#include "agent/app/resume_services.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "agent/os/machine/boot_id.hpp"
#include "agent/os/poll_loop.hpp"
#include "agent/remedy/process/process_actuator.hpp"
#include "agent/remedy/step/undo_log.hpp"
#include "agent/remedy/step/undo_runner.hpp"
#include "base/fd.hpp"
#include "base/host.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;
using Attempts = std::vector<remedy::UndoRunner::Attempt>;

constexpr Nanos kLookAgain = 1s;
constexpr Nanos kCommandTimeout = 10s;

class Round {
 public:
  Round(const ResumeOptions& options, const core::Clock& clock)
      : options_(options),
        clock_(clock),
        loop_(clock, os::PollLoop::Threading::single),
        log_(undo_log_path(options.state_directory)),
        processes_(loop_),
        undo_runner_(loop_, log_, processes_) {}

  // Reads the undo log once and executes what is due.
  Result<Attempts> run_due() {
    const std::string boot = boot_id();
    const BootTime now = clock_.now().boot;
    const bool alone = !log_.keeper_alive();
    std::optional<Result<Attempts>> ended;
    undo_runner_.run(
        [&](const remedy::PendingUndo& undo) { return alone || is_due(undo, boot, now); },
        [&](Result<Attempts> result) { ended = std::move(result); });
    while (!ended) loop_.run_once(kLookAgain);
    return std::move(*ended);
  }

  Result<bool> end_if_empty() {
    return log_.if_empty([this] {
      if (!options_.when_empty.empty()) run(options_.when_empty);
    });
  }

  void sleep() {
    bool over = false;
    loop_.at(clock_.now().mono + kLookAgain, [&] { over = true; });
    while (!over) loop_.run_once(kLookAgain);
  }

 private:
  void run(const std::vector<std::string>& argv) {
    bool ended = false;
    processes_.begin(0, rules::RunAction{argv, {}, {}}, kCommandTimeout,
                     [&](const remedy::ActResult&) { ended = true; });
    while (!ended) loop_.run_once(kLookAgain);
  }

  const ResumeOptions& options_;
  const core::Clock& clock_;
  os::PollLoop loop_;
  remedy::UndoLog log_;
  remedy::ProcessActuator processes_;
  remedy::UndoRunner undo_runner_;
};

}  // namespace

std::string undo_log_path(const std::string& state_directory) {
  return state_directory + "/pending-undos";
}

std::vector<std::string> resume_timer_command(const std::string& verb) {
  if (verb == "stop")
    return {"/usr/bin/systemctl", "stop", "--no-block", "slewd-resume-services.timer"};
  return {"/usr/bin/systemctl", verb, "slewd-resume-services.timer"};
}

std::vector<std::string> fallback_command(const std::string& config) {
  if (has_systemd()) return resume_timer_command("start");
  std::vector<std::string> command{"/proc/self/exe", "resume-services", "--wait", "--detach"};
  if (!config.empty()) command.insert(command.end(), {"--config", config});
  return command;
}

Result<void> resume_services(const ResumeOptions& options, const core::Clock& clock,
                             const std::function<void(const std::string&)>& print) {
  Round round(options, clock);
  while (true) {
    const Result<Attempts> ended = round.run_due();
    std::string left = ended ? "" : ended.error().describe();
    if (ended)
      for (const auto& attempt : *ended) {
        print(attempt.undo.what + " (rule " + attempt.undo.rule +
              "): " + (attempt.done ? "done, " : "not done, ") + attempt.detail);
        if (!attempt.done) left = "'" + attempt.undo.what + "' is still pending";
      }
    const Result<bool> empty = round.end_if_empty();
    if (!options.wait && !left.empty()) return fail(ErrorCode::unavailable, left);
    if (!options.wait && !empty) return fail(empty.error());
    if (!options.wait || (empty && *empty)) return {};
    if (!ended) print(left);
    round.sleep();
  }
}

Result<std::function<void()>> detach() {
  std::array<int, 2> raw{};
  if (::pipe2(raw.data(), O_CLOEXEC) != 0) return fail(system_error("pipe2", errno));
  const Fd reading(raw[0]);
  auto writing = std::make_shared<Fd>(raw[1]);
  const pid_t child = ::fork();
  if (child < 0) return fail(system_error("fork", errno));
  if (child > 0) {
    writing->reset();
    char byte = 0;
    // No byte comes from a process that has exited before it was ready.
    ::_exit(::read(reading.get(), &byte, 1) == 1 ? 0 : 1);
  }
  if (::setsid() < 0) return fail(system_error("setsid", errno));
  const pid_t grandchild = ::fork();
  if (grandchild < 0) return fail(system_error("fork", errno));
  if (grandchild > 0) ::_exit(0);
  return std::function<void()>([writing] {
    const Fd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      (void)::dup2(nothing.get(), standard);
    // If that fails, the process that started us has exited.
    [[maybe_unused]] const ssize_t written = ::write(writing->get(), "", 1);
    writing->reset();
  });
}

}  // namespace slewd::app
