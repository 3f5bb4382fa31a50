// SPDX-License-Identifier: Apache-2.0
// Probes and actuators that do what a test tells them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/remedy/ports/actuator.hpp"
#include "agent/remedy/ports/probe.hpp"
#include "agent/remedy/probes/probe_scheduler.hpp"

#include "tests/unit/remedy/test_reactor.hpp"

namespace slewd::remedy {

// Every probe that it makes waits until the test ends the run, or ends by itself after `takes`.
class FakeProbes {
 public:
  explicit FakeProbes(TestReactor& reactor) : reactor_(reactor) {}

  ProbeScheduler::Maker maker() {
    return [this](const rules::ProbeSpec& spec) {
      return std::make_unique<FakeProbe>(*this, spec.name);
    };
  }
  // Ends the run in flight.
  void end(const std::string& probe, rules::ProbeState found, const std::string& detail = "") {
    const auto done = std::exchange(running.at(probe)->done, nullptr);
    done({found, detail, Nanos{5}});
  }
  [[nodiscard]] bool in_flight(const std::string& probe) const { return running.contains(probe); }

  class FakeProbe final : public Probe {
   public:
    FakeProbe(FakeProbes& owner, std::string name)
        : owner_(owner), name_(std::move(name)), timer_(owner.reactor_) {}
    FakeProbe(const FakeProbe&) = delete;
    FakeProbe& operator=(const FakeProbe&) = delete;
    ~FakeProbe() override { owner_.running.erase(name_); }
    void begin(std::function<void(ProbeResult)> when_done) override {
      done = std::move(when_done);
      owner_.running[name_] = this;
      ++owner_.started[name_];
      if (!owner_.by_itself) return;
      timer_.start(owner_.reactor_.now() + owner_.takes, [this] {
        const auto ended = std::exchange(done, nullptr);
        ended({owner_.state, owner_.state == rules::ProbeState::ok ? "fine" : "broken", Nanos{5}});
      });
    }
    std::function<void(ProbeResult)> done;

   private:
    FakeProbes& owner_;
    std::string name_;
    os::Timer timer_;
  };

  bool by_itself = false;
  Nanos takes = std::chrono::milliseconds(10);
  rules::ProbeState state = rules::ProbeState::ok;
  std::map<std::string, int> started;
  std::map<std::string, FakeProbe*> running;

 private:
  TestReactor& reactor_;
};

// Keeps what it is asked for, and reports at once or when the test says so.
class FakeActuator final : public Actuator {
 public:
  void begin(std::uint64_t id, const rules::Action& action, Nanos timeout, Done done) override {
    begun.push_back(rules::describe(action));
    last_timeout = timeout;
    if (at_once) return done({ending, detail, outline});
    pending[id] = std::move(done);
  }
  void abandon(std::uint64_t id) override {
    abandoned.push_back(id);
    pending.erase(id);
  }
  void end(std::uint64_t id, rules::Ending how, const std::string& text = "") {
    const Done done = std::move(pending.at(id));
    pending.erase(id);
    done({how, text});
  }

  bool at_once = true;
  rules::Ending ending = rules::Ending::done;
  std::string detail = "exit status 0";
  std::string outline;
  Nanos last_timeout{};
  std::vector<std::string> begun;
  std::vector<std::uint64_t> abandoned;
  std::map<std::uint64_t, Done> pending;
};

// A link of a chain that does this to dovecot.
inline rules::Link act(rules::Verb verb, std::optional<rules::Verify> verify = std::nullopt,
                       rules::OnFail on_fail = rules::OnFail::next) {
  return {rules::ServiceAction{verb, "dovecot"}, std::chrono::seconds(10), std::move(verify),
          on_fail};
}

}  // namespace slewd::remedy
