// SPDX-License-Identifier: Apache-2.0
#include "agent/app/pay_owed.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "agent/os/machine/boot_id.hpp"
#include "agent/os/poll_loop.hpp"
#include "agent/remedy/process/process_actuator.hpp"
#include "agent/remedy/step/owed_book.hpp"
#include "agent/remedy/step/owed_payer.hpp"
#include "base/fd.hpp"
#include "base/host.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;
using Payments = std::vector<remedy::OwedPayer::Payment>;

constexpr Nanos kLookAgain = 1s;
constexpr Nanos kCommandTimeout = 10s;

class Round {
 public:
  Round(const PayOwedOptions& options, const core::Clock& clock)
      : options_(options),
        clock_(clock),
        loop_(clock, os::PollLoop::Threading::single),
        book_(owed_book_path(options.state_directory)),
        processes_(loop_),
        payer_(loop_, book_, processes_) {}

  // One look at the book: what is due is paid.
  Result<Payments> pay_what_is_due() {
    const std::string boot = boot_id();
    const BootTime now = clock_.now().boot;
    const bool alone = !book_.kept();
    std::optional<Result<Payments>> paid;
    payer_.pay([&](const remedy::OwedAction& owed) { return alone || is_due(owed, boot, now); },
               [&](Result<Payments> result) { paid = std::move(result); });
    while (!paid) loop_.run_once(kLookAgain);
    return std::move(*paid);
  }

  Result<bool> end_if_empty() {
    return book_.if_empty([this] {
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

  const PayOwedOptions& options_;
  const core::Clock& clock_;
  os::PollLoop loop_;
  remedy::OwedBook book_;
  remedy::ProcessActuator processes_;
  remedy::OwedPayer payer_;
};

}  // namespace

std::string owed_book_path(const std::string& state_directory) { return state_directory + "/owed"; }

std::vector<std::string> owed_timer_command(const std::string& verb) {
  if (verb == "stop")
    return {"/usr/bin/systemctl", "stop", "--no-block", "slewd-resume-services.timer"};
  return {"/usr/bin/systemctl", verb, "slewd-resume-services.timer"};
}

std::vector<std::string> deadman_command(const std::string& config) {
  if (has_systemd()) return owed_timer_command("start");
  std::vector<std::string> command{"/proc/self/exe", "resume-services", "--wait", "--detach"};
  if (!config.empty()) command.insert(command.end(), {"--config", config});
  return command;
}

Result<void> pay_owed(const PayOwedOptions& options, const core::Clock& clock,
                      const std::function<void(const std::string&)>& tell) {
  Round round(options, clock);
  while (true) {
    const Result<Payments> paid = round.pay_what_is_due();
    std::string unpaid = paid ? "" : paid.error().describe();
    if (paid)
      for (const auto& payment : *paid) {
        tell(payment.owed.what + " (rule " + payment.owed.rule +
             "): " + (payment.paid ? "done, " : "not done, ") + payment.detail);
        if (!payment.paid) unpaid = "'" + payment.owed.what + "' is still owed";
      }
    const Result<bool> empty = round.end_if_empty();
    if (!options.wait && !unpaid.empty()) return fail(ErrorCode::unavailable, unpaid);
    if (!options.wait && !empty) return fail(empty.error());
    if (!options.wait || (empty && *empty)) return {};
    if (!paid) tell(unpaid);
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
    // Nothing comes from a process that has ended without being ready.
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
    // Nobody waits any more, if that fails.
    [[maybe_unused]] const ssize_t told = ::write(writing->get(), "", 1);
    writing->reset();
  });
}

}  // namespace slewd::app
