// SPDX-License-Identifier: Apache-2.0
// A slewd that has nothing but its ledger, its undo log, a dispatcher and a planned
// step, on services made of small files. It kills itself by SIGKILL at the KILL_AT-th call that
// leaves a trace outside of it: a write, a sync, a rename, a program started. For
// planned_step_crash_test.cpp.
//
//   planned_step_worker FOLDER step|recover|fallback KILL_AT
//
// Without being killed it ends with 0 and prints how many such calls there were.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/remedy/dispatch/dispatcher.hpp"
#include "agent/remedy/process/process_actuator.hpp"

#include "tests/unit/remedy/step/step_fakes.hpp"

namespace {

long points = 0;
long kill_at = 0;

void point() {
  if (++points == kill_at) ::kill(::getpid(), SIGKILL);
}

// Before and after: what is half done, and what is done and not yet known.
template <class Call>
auto watched(const Call& call) {
  point();
  const auto result = call();
  point();
  return result;
}

}  // namespace

// These stand in for the C library's own in this program.
extern "C" {
ssize_t write(int fd, const void* bytes, size_t count) {
  return watched([&] { return ::syscall(SYS_write, fd, bytes, count); });
}
int fsync(int fd) {
  return watched([&] { return static_cast<int>(::syscall(SYS_fsync, fd)); });
}
int fdatasync(int fd) {
  return watched([&] { return static_cast<int>(::syscall(SYS_fdatasync, fd)); });
}
int rename(const char* from, const char* to) noexcept {
  return watched(
      [&] { return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0)); });
}
int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, char* const* argv, char* const* environment) {
  using Spawn = int (*)(pid_t*, const char*, const posix_spawn_file_actions_t*,
                        const posix_spawnattr_t*, char* const*, char* const*);
  static const auto real = reinterpret_cast<Spawn>(::dlsym(RTLD_NEXT, "posix_spawn"));
  return watched([&] { return real(pid, path, actions, attributes, argv, environment); });
}
}

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::Verb;

class Slewd {
 public:
  explicit Slewd(std::string folder) : folder_(std::move(folder)) {
    services_.set_targets(targets());
    dispatcher_.configure(targets(), {});
    clock_.on_step = [this] { std::ofstream(folder_ + "/log", std::ios::app) << "step\n"; };
  }

  void run_step() {
    step_.recover();
    restart_delta();
    step_.ask("a test", false);
    finish();
  }
  void recover() {
    step_.recover();
    finish();
  }
  // As another process does it, once no process holds the keeper lock.
  void act_as_fallback() {
    if (undo_log_.keeper_alive()) return;
    bool done = false;
    undo_runner_.run([](const PendingUndo&) { return true; },
                     [&](const Result<std::vector<UndoRunner::Attempt>>&) { done = true; });
    if (!reactor_.run_until([&] { return done; })) std::_Exit(4);
  }

 private:
  rules::Target service(const std::string& name) const {
    rules::Target target;
    target.name = name;
    const auto command = [&](const char* verb) {
      return std::vector<std::string>{"/bin/sh", folder_ + "/service", verb, name};
    };
    target.commands = {{Verb::start, command("start")},
                       {Verb::stop, command("stop")},
                       {Verb::restart, command("restart")}};
    return target;
  }
  std::vector<rules::Target> targets() const {
    return {service("alpha"), service("beta"), service("gamma"), service("delta")};
  }
  std::optional<bool> is_up(const rules::Target& target) const {
    std::string state;
    std::ifstream(folder_ + "/" + target.name) >> state;
    return state == "up";
  }
  rules::StepPlan plan(bool preview) {
    rules::StepPlan plan;
    std::uint64_t id = ledger_.next_id();
    for (const char* name : {"alpha", "beta", "gamma"}) {
      rules::StepHooks hooks;
      hooks.id = preview ? 0 : id++;
      hooks.rule = name;
      hooks.dry_run = false;
      hooks.before = {service_link(Verb::stop, name)};
      if (hooks.rule != "beta") hooks.after = {service_link(Verb::start, name)};
      plan.hooks.push_back(hooks);
    }
    return plan;
  }
  void restart_delta() {
    rules::Intent intent;
    intent.rule = "restart";
    intent.dry_run = false;
    intent.decided = reactor_.now();
    intent.links = {service_link(Verb::restart, "delta")};
    dispatcher_.begin(intent);
  }
  void finish() {
    const bool ended = reactor_.run_until([this] {
      return !step_.under_way() && dispatcher_.in_flight() == 0 && !undo_runner_.busy();
    });
    if (!ended) std::_Exit(4);
  }

  std::string folder_;
  TestReactor reactor_;
  FakeProbes probes_{reactor_};
  ProbeScheduler scheduler_{reactor_, probes_.maker(), nullptr};
  records::Ledger ledger_ = records::Ledger::open(folder_ + "/ledger", "this-boot");
  UndoLog undo_log_{folder_ + "/pending-undos"};
  ProcessActuator services_{reactor_};
  ProcessActuator payments_{reactor_};
  UndoRunner undo_runner_{reactor_, undo_log_, payments_};
  FakeFallbackTimer fallback_timer_;
  FakeStepClock clock_{reactor_};
  Dispatcher dispatcher_{
      reactor_,
      ledger_,
      {services_, services_, services_, services_, services_, services_, services_},
      scheduler_,
      [](const rules::Outcome&) {}};
  PlannedStep step_{{reactor_, ledger_, undo_log_, undo_runner_, fallback_timer_, scheduler_,
                     clock_, dispatcher_.tally(), "this-boot",
                     [this](const rules::Action&) -> Actuator& { return services_; },
                     [this](Nanos, bool preview) { return plan(preview); },
                     [this] { return targets(); },
                     [this](const rules::Target& target) { return is_up(target); },
                     [](const rules::Intent&) { return false; }, [](const rules::Outcome&) {},
                     [](const std::string&) {}}};
};

}  // namespace
}  // namespace slewd::remedy

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string mode = argv[2];
  kill_at = std::atol(argv[3]);
  {
    slewd::remedy::Slewd slewd(argv[1]);
    if (mode == "step") slewd.run_step();
    if (mode == "recover") slewd.recover();
    if (mode == "fallback") slewd.act_as_fallback();
  }
  kill_at = 0;
  std::printf("%ld\n", points);
  return 0;
}
