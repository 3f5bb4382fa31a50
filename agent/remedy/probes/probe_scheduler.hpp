// SPDX-License-Identifier: Apache-2.0
// Runs every configured probe at its cadence, less often while it fails for long, and keeps what it
// found. Agent thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/remedy/ports/probe.hpp"
#include "rules/rule.hpp"
#include "rules/status.hpp"

namespace slewd::remedy {

class ProbeScheduler {
 public:
  using Maker = std::function<std::unique_ptr<Probe>(const rules::ProbeSpec&)>;
  using Listener = std::function<void(const rules::ProbeView&)>;
  using Done = std::function<void(const ProbeResult&)>;

  // `on_change` is called at each change of a probe's state. It may call any member but
  // must not destroy the scheduler.
  ProbeScheduler(os::Reactor& reactor, Maker maker, Listener on_change);
  ProbeScheduler(const ProbeScheduler&) = delete;
  ProbeScheduler& operator=(const ProbeScheduler&) = delete;
  ~ProbeScheduler();

  // The probes that run from now on. A probe whose spec has not changed keeps its state and its
  // cadence; the callers of run_now() on a removed probe get `unknown`.
  void configure(const std::vector<rules::ProbeSpec>& specs);

  // Runs a probe at once and calls `done` with what this run found: never with the result of a run
  // that began earlier. `done` is not called from within run_now(). The answer is for forget();
  // zero when there is no such probe, and then `done` is never called.
  std::uint64_t run_now(std::string_view probe, Done done);
  // `done` of that run_now() will not be called.
  void forget(std::uint64_t request);

  // After something was done to the service: what was found before no longer counts. The state
  // becomes unknown, a run in flight is dropped, and the probe runs again at once. Callers that
  // wait for the dropped run get the result of the new one.
  void restart_clock(std::string_view probe, const std::string& why);

  // Until then every probe runs each `every`, also those that rest otherwise. One that has failed
  // for long begins at that cadence again.
  void watch_closely(MonoTime until);

  // In the order of configure().
  [[nodiscard]] std::vector<rules::ProbeView> views() const;
  [[nodiscard]] bool knows(std::string_view probe) const { return find(probe) != nullptr; }

 private:
  struct Request {
    std::uint64_t id;
    Done done;
  };
  struct Entry {
    Entry(os::Reactor& reactor, rules::ProbeSpec wanted);
    rules::ProbeSpec spec;
    rules::ProbeView view;
    std::unique_ptr<Probe> probe;  // a fresh one for each run
    os::Timer next_run;
    MonoTime run_started;
    std::uint64_t consecutive_failures = 0;  // since the probe was asked to run often
    std::vector<Request> queued;             // for the next run
    std::vector<Request> waiting;            // for the run in flight
    std::vector<Request> answering;          // for the run that has just ended
  };

  [[nodiscard]] Entry* find(std::string_view probe) const;
  void start_run(Entry& entry);
  void on_result(Entry& entry, const ProbeResult& result);
  static void answer(Entry& entry, const ProbeResult& result);
  void retire(Entry& entry);
  void schedule(Entry& entry, MonoTime when);
  void wake_resting();
  [[nodiscard]] MonoTime next_run(const Entry& entry) const;
  // Updates the view; true when the state changed.
  bool change_state(Entry& entry, rules::ProbeState state);

  os::Reactor& reactor_;
  Maker maker_;
  Listener on_change_;
  std::uint64_t last_request_ = 0;
  MonoTime close_until_;
  std::vector<std::shared_ptr<Entry>> entries_;
};

}  // namespace slewd::remedy
