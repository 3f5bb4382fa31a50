// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/process/child_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/duration.hpp"
#include "base/limits.hpp"
#include "base/one_line.hpp"

namespace slewd::remedy {

using rules::Ending;
using namespace std::chrono_literals;

namespace {

constexpr Nanos kTermGrace = 2s;  // between SIGTERM and SIGKILL
constexpr Nanos kReapGrace = 1s;  // after SIGKILL: a process that waits for a dead disk cannot die

// A pipe whose reading end does not block and whose descriptors keep clear of 0, 1 and 2.
Result<std::array<Fd, 2>> make_pipe() {
  std::array<int, 2> raw{};
  if (::pipe2(raw.data(), O_CLOEXEC) != 0) return fail(system_error("pipe2", errno));
  std::array<Fd, 2> ends{Fd(raw[0]), Fd(raw[1])};
  ends[1] = Fd(::fcntl(raw[1], F_DUPFD_CLOEXEC, 3));
  if (!ends[1].valid()) return fail(system_error("fcntl", errno));
  if (::fcntl(raw[0], F_SETFL, O_NONBLOCK) != 0) return fail(system_error("fcntl", errno));
  return ends;
}

// posix_spawn takes char* for historical reasons and changes nothing.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> arguments;
  arguments.reserve(texts.size() + 1);
  for (const std::string& text : texts) arguments.push_back(const_cast<char*>(text.c_str()));
  arguments.push_back(nullptr);
  return arguments;
}

// A name that is there already is not given twice: programs differ in which one they take.
std::vector<std::string> with_defaults(std::vector<std::string> environment) {
  for (const std::string usual :
       {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
        "HOME=/"}) {
    const std::string name = usual.substr(0, usual.find('=') + 1);
    const bool given = std::ranges::any_of(
        environment, [&](const std::string& variable) { return variable.starts_with(name); });
    if (!given) environment.push_back(usual);
  }
  return environment;
}

// The attributes and file actions of posix_spawn(3), freed with their owner.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_init(&actions_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }

  // A session of its own, nothing of our signals and descriptors; `output` becomes 1, `errors` 2.
  // Answers an errno, 0 when all is well.
  int prepare(int output, int errors) {
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    constexpr int kFlags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    const std::array results{
        posix_spawnattr_setflags(&attributes_, static_cast<short>(kFlags)),
        posix_spawnattr_setsigdefault(&attributes_, &all),
        posix_spawnattr_setsigmask(&attributes_, &none),
        posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0),
        posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO),
        posix_spawn_file_actions_adddup2(&actions_, errors, STDERR_FILENO),
        posix_spawn_file_actions_addclosefrom_np(&actions_, 3)};
    const auto* problem = std::ranges::find_if(results, [](int result) { return result != 0; });
    return problem == results.end() ? 0 : *problem;
  }

  int run(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
          pid_t& pid) {
    std::vector<char*> arguments = pointers(argv);
    std::vector<char*> variables = pointers(environment);
    return posix_spawn(&pid, arguments[0], &actions_, &attributes_, arguments.data(),
                       variables.data());
  }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

std::string describe_end(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return "exit status " + std::to_string(info.si_status);
  const char* name = sigdescr_np(info.si_status);
  return "ended by signal " + std::to_string(info.si_status) + " (" +
         (name != nullptr ? name : "unknown") + ")";
}

}  // namespace

ChildProcess::ChildProcess(os::Reactor& reactor, Actuator::Done done, std::function<void()> gone,
                           const ChildOutput& output)
    : reactor_(reactor),
      done_(std::move(done)),
      gone_(std::move(gone)),
      deadline_(reactor),
      errors_apart_(output.errors_apart),
      follow_(output.follow),
      output_(reactor, output.kept),
      errors_(reactor, output.kept) {}

ChildProcess::~ChildProcess() {
  if (pidfd_.valid()) reactor_.unwatch(pidfd_.get());
}

Result<void> ChildProcess::start(const std::vector<std::string>& argv, Nanos timeout,
                                 const std::vector<std::string>& environment) {
  auto output = make_pipe();
  if (!output) return fail(std::move(output.error()));
  auto errors = errors_apart_ ? make_pipe() : std::array<Fd, 2>{};
  if (!errors) return fail(std::move(errors.error()));
  const Fd& writing = (*output)[1];
  const Fd& complaining = errors_apart_ ? (*errors)[1] : writing;
  if (auto spawned = spawn(argv, environment, writing.get(), complaining.get()); !spawned)
    return spawned;
  timeout_ = timeout;
  const auto after_reading = [this] { conclude(std::nullopt); };
  output_.open(std::move((*output)[0]), after_reading);
  if (errors_apart_) errors_.open(std::move((*errors)[0]), after_reading);
  reactor_.watch(pidfd_.get(), POLLIN, [this](short) { on_exit(); });
  deadline_.start(reactor_.now() + timeout, [this] { on_deadline(); });
  return {};
}

Result<void> ChildProcess::spawn(const std::vector<std::string>& argv,
                                 const std::vector<std::string>& environment, int output,
                                 int errors) {
  SpawnPlan plan;
  int problem = plan.prepare(output, errors);
  if (problem == 0) problem = plan.run(argv, with_defaults(environment), pid_);
  if (problem != 0) return fail(system_error("cannot start " + argv[0], problem));
  // Until we reap the child its number cannot be given to another process.
  pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (pidfd_.valid()) return {};
  const Error error = system_error("pidfd_open", errno);
  signal_group(SIGKILL);
  ::waitpid(pid_, nullptr, 0);  // of a process that has just been killed: it ends at once
  return fail(error);
}

void ChildProcess::on_exit() {
  siginfo_t info{};
  // WNOWAIT: while the child is not reaped, its group's number stays its own, and what it left
  // behind in the group after a deadline can be killed safely.
  const int looked =
      ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG | WNOWAIT);
  if (looked == 0 && info.si_pid == 0) return;
  const bool known = looked == 0;
  if (killing_) signal_group(SIGKILL);
  if (known) ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG);
  deadline_.stop();
  reactor_.unwatch(pidfd_.get());
  pidfd_.reset();
  for (CapturedPipe* stream : {&output_, &errors_}) {
    stream->read();
    if (!follow_) stream->close();
  }
  conclude(end_of(known ? &info : nullptr));
}

ActResult ChildProcess::end_of(const siginfo_t* info) const {
  if (killing_)
    return with_output(Ending::timed_out, "killed after " + format(timeout_) + " timeout");
  if (info == nullptr)
    return with_output(Ending::failed,
                       "ended, but its exit status was taken by another part of slewd");
  const bool good = info->si_code == CLD_EXITED && info->si_status == 0;
  return with_output(good ? Ending::done : Ending::failed, describe_end(*info));
}

void ChildProcess::on_deadline() {
  killing_ = true;
  signal_group(SIGTERM);
  deadline_.start(reactor_.now() + kTermGrace, [this] { on_kill_deadline(); });
}

void ChildProcess::on_kill_deadline() {
  signal_group(SIGKILL);
  deadline_.start(reactor_.now() + kReapGrace, [this] {
    conclude(with_output(Ending::timed_out, "not done within " + format(timeout_) +
                                                ", and process " + std::to_string(pid_) +
                                                " survived SIGKILL"));
  });
}

void ChildProcess::abandon() {
  reported_ = true;
  if (!pidfd_.valid()) return;
  killing_ = true;
  deadline_.stop();
  signal_group(SIGKILL);
}

void ChildProcess::abandon(std::function<void()> gone) {
  gone_ = std::move(gone);
  abandon();
}

void ChildProcess::signal_group(int number) const { ::kill(-pid_, number); }

ActResult ChildProcess::with_output(Ending ending, std::string text) const {
  const CapturedPipe& stream = errors_.text().empty() ? output_ : errors_;
  if (stream.text().empty()) return {ending, std::move(text)};
  std::string detail = text + ": " + one_line(stream.text(), limits::kActionOutputBytes);
  if (stream.dropped() > 0) detail += " (and " + std::to_string(stream.dropped()) + " bytes more)";
  return {ending, std::move(detail), std::move(text)};
}

// Tells those who wait, the last thing that this object does: both may destroy it.
void ChildProcess::conclude(std::optional<ActResult> result) {
  Actuator::Done done;
  std::function<void()> gone;
  if (result && !std::exchange(reported_, true)) done = std::exchange(done_, nullptr);
  if (!pidfd_.valid() && !output_.is_open() && !errors_.is_open())
    gone = std::exchange(gone_, nullptr);
  if (gone) gone();
  if (done) done(std::move(*result));
}

}  // namespace slewd::remedy
