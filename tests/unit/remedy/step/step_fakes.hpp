// SPDX-License-Identifier: Apache-2.0
// Services that go up and down as they are told, or as badly as a test wants, and the ports of a
// planned step around them.
#pragma once

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/remedy/step/planned_step.hpp"

#include "tests/unit/remedy/fakes.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {

// What an action does when it is asked for, and what it says of it.
struct Manner {
  bool effect = true;
  bool reports = true;
  rules::Ending ending = rules::Ending::done;
};

// Acts upon `up` by ServiceAction, or by RunAction of systemctl as the undo runner does.
class FakeServices final : public Actuator {
 public:
  using Choose = std::function<Manner(const std::string& action)>;

  void begin(std::uint64_t id, const rules::Action& action, Nanos, Done done) override {
    const std::string what = rules::describe(action);
    begun.push_back(what);
    const Manner manner = choose ? choose(what) : Manner{};
    if (manner.effect) act(action);
    if (!manner.reports) return pending.push_back(id);
    done({manner.ending, manner.ending == rules::Ending::done ? "exit status 0" : "it went wrong"});
  }
  void abandon(std::uint64_t id) override { std::erase(pending, id); }

  std::map<std::string, bool> up;  // by target; a unit's name is the target's and ".service"
  Choose choose;
  std::vector<std::string> begun;
  std::vector<std::uint64_t> pending;

 private:
  void act(const rules::Action& action) {
    if (const auto* service = std::get_if<rules::ServiceAction>(&action))
      up[service->target] = service->verb != rules::Verb::stop;
    const auto* run = std::get_if<rules::RunAction>(&action);
    if (run == nullptr || run->argv.size() != 4) return;
    std::string unit = run->argv[3];
    up[unit.substr(0, unit.find('.'))] = run->argv[1] != "stop";
  }
};

class FakeFallbackTimer final : public FallbackTimer {
 public:
  void arm(Done done) override {
    ++armed;
    if (silent) return;
    if (works) return done({});
    done(fail(ErrorCode::unavailable, "no systemd"));
  }
  int armed = 0;
  bool works = true;
  bool silent = false;
};

class FakeStepClock final : public StepClock {
 public:
  explicit FakeStepClock(TestReactor& reactor) : turn_(reactor), reactor_(reactor) {}

  [[nodiscard]] StepOffer offer() const override { return {size, refused}; }
  void step(Nanos announced, MonoTime not_after, Done done) override {
    asked.push_back(announced);
    last_not_after = not_after;
    if (on_step) on_step();
    if (silent) return;
    turn_.start(reactor_.now(), [this, done = std::move(done)] {
      if (!error.empty()) return done(fail(ErrorCode::invalid, error));
      done(StepMade{*size, left});
    });
  }

  std::optional<Nanos> size = std::chrono::seconds(-60);
  std::string refused;
  std::string error;
  Nanos left{};
  bool silent = false;
  std::function<void()> on_step;
  std::vector<Nanos> asked;
  MonoTime last_not_after;

 private:
  os::Timer turn_;
  TestReactor& reactor_;
};

inline rules::Target unit_target(const std::string& name) {
  rules::Target target;
  target.name = name;
  target.unit = name + ".service";
  return target;
}

inline rules::Link service_link(rules::Verb verb, const std::string& target,
                                rules::OnFail on_fail = rules::OnFail::rollback) {
  rules::Link link;
  link.action = rules::ServiceAction{verb, target};
  link.timeout = std::chrono::seconds(10);
  link.on_fail = on_fail;
  return link;
}

// Everything that a planned step needs, with the services dovecot and varnish.
struct StepWorld {
  StepWorld() {
    services.up = {{"dovecot", true}, {"varnish", true}};
    scheduler.configure({login});
    probes.by_itself = true;
    start();
  }

  // A slewd begins, here or again.
  void start() {
    step.reset();
    undo_runner.reset();
    undo_log.reset();
    undo_log = std::make_unique<UndoLog>(folder.file("pending-undos"));
    undo_runner = std::make_unique<UndoRunner>(reactor, *undo_log, undo_actuator);
    step = std::make_unique<PlannedStep>(
        PlannedStep::World{reactor, ledger, *undo_log, *undo_runner, fallback_timer, scheduler,
                           clock, tally, "this-boot",
                           [this](const rules::Action& action) -> Actuator& {
                             if (std::holds_alternative<rules::ServiceAction>(action))
                               return services;
                             return others;
                           },
                           [this](Nanos, bool preview) {
                             rules::StepPlan announced = plan;
                             if (!preview)
                               for (rules::StepHooks& hooks : announced.hooks) hooks.id = ++last_id;
                             return announced;
                           },
                           [this] {
                             rules::Target dovecot = unit_target("dovecot");
                             dovecot.probes = {login};
                             return std::vector{dovecot, unit_target("varnish")};
                           },
                           [this](const rules::Target& target) -> std::optional<bool> {
                             if (states_unknown) return std::nullopt;
                             return services.up.at(target.name);
                           },
                           [this](const rules::Intent&) { return busy; },
                           [this](const rules::Outcome& outcome) { outcomes.push_back(outcome); },
                           [this](const std::string& text) { errors.push_back(text); }});
  }
  // One rule's hooks: stop, and start after the step.
  void guard(const std::string& target) {
    rules::StepHooks hooks;
    hooks.rule = target + "-guarded-step";
    hooks.dry_run = false;
    hooks.before = {service_link(rules::Verb::stop, target)};
    hooks.after = {service_link(rules::Verb::start, target, rules::OnFail::next)};
    plan.hooks.push_back(hooks);
  }
  rules::StepAnswer ask(bool dry = false) {
    last_id = std::max(last_id, ledger.next_id() - 1);
    return step->ask("somebody asked", dry);
  }
  // Until nothing is under way any more.
  void finish() {
    for (int turn = 0; turn < 1000 && step->under_way(); ++turn)
      reactor.advance(std::chrono::milliseconds(500));
    reactor.settle();
  }
  [[nodiscard]] const rules::Outcome& outcome_of(const std::string& rule) const {
    static const rules::Outcome none;
    for (const rules::Outcome& outcome : outcomes)
      if (outcome.rule == rule) return outcome;
    return none;
  }
  [[nodiscard]] std::vector<PendingUndo> entries() const {
    const auto list = undo_log->read();
    return list ? list->actions : std::vector<PendingUndo>{};
  }
  [[nodiscard]] std::size_t left_stopped() const { return entries().size(); }

  TemporaryFolder folder{TemporaryFolder::fast_place()};
  TestReactor reactor;
  FakeProbes probes{reactor};
  ProbeScheduler scheduler{reactor, probes.maker(), nullptr};
  rules::ProbeSpec login = [] {
    rules::ProbeSpec spec;
    spec.name = "dovecot.login";
    return spec;
  }();
  records::Ledger ledger = records::Ledger::open(folder.file("ledger"), "this-boot");
  FakeServices services;
  FakeActuator others;
  struct UndoActuator final : Actuator {
    explicit UndoActuator(FakeServices& acts) : services(acts) {}
    void begin(std::uint64_t id, const rules::Action& action, Nanos timeout, Done done) override {
      services.begin(id, action, timeout, std::move(done));
    }
    void abandon(std::uint64_t id) override { services.abandon(id); }
    FakeServices& services;
  } undo_actuator{services};
  FakeFallbackTimer fallback_timer;
  FakeStepClock clock{reactor};
  ActionTally tally;
  rules::StepPlan plan;
  std::uint64_t last_id = 0;
  bool states_unknown = false;
  bool busy = false;
  std::vector<rules::Outcome> outcomes;
  std::vector<std::string> errors;
  std::unique_ptr<UndoLog> undo_log;
  std::unique_ptr<UndoRunner> undo_runner;
  std::unique_ptr<PlannedStep> step;
};

}  // namespace slewd::remedy
