// SPDX-License-Identifier: Apache-2.0
// The agent thread: facts in, rules judged, remedies carried out, Status published. It never blocks
// on its actions, and cannot delay the core.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "agent/app/cluster.hpp"
#include "agent/app/facts.hpp"
#include "agent/app/jump_recorder.hpp"
#include "agent/app/log.hpp"
#include "agent/app/observers.hpp"
#include "agent/app/step_service.hpp"
#include "agent/app/time_bound_publisher.hpp"
#include "agent/core/snapshot.hpp"
#include "agent/os/poll_loop.hpp"
#include "agent/records/decision_log.hpp"
#include "agent/records/ledger.hpp"
#include "agent/remedy/dispatch/core_actuator.hpp"
#include "agent/remedy/dispatch/dispatcher.hpp"
#include "agent/remedy/dispatch/engine_actuator.hpp"
#include "agent/remedy/dispatch/notify_actuator.hpp"
#include "agent/remedy/process/process_actuator.hpp"
#include "agent/remedy/units/service_actuator.hpp"
#include "exporter/verdict.hpp"
#include "rules/engine/engine.hpp"

namespace slewd::app {

class Agent {
 public:
  // All must outlive the agent.
  struct World {
    const core::Clock& clock;
    const core::SnapshotBoard& snapshots;
    rules::StatusBoard& statuses;
    remedy::CoreControl& core;
    Log& log;
    JumpRecorder* jumps = nullptr;  // used by the agent's thread alone; null: nothing is recorded
    remedy::StepClock* steps = nullptr;              // null: no planned steps
    std::vector<std::string> fallback_command = {};  // arms the fallback timer; empty: none
    TimeBoundOptions time_bound = {};
  };

  // Starts the thread, which reads the records of former runs first. An empty `state_directory`
  // keeps all records in memory.
  Agent(World world, rules::RuleFile rules, const std::string& state_directory);
  ~Agent();  // ends the thread; running actions are not waited for, but reported at the next start
  // Ends the thread and waits for it; later posts are ignored.
  void stop();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Any thread.
  void nudge();      // something has changed: evaluate the rules now
  void probe_now();  // the clock has jumped: run all probes now, then evaluate the rules
  Result<void> replace(rules::RuleFile rules);
  // Rule files that are not in force as written, for the status.
  void show_refused(std::vector<std::string> files);
  // Without a duration: until resume().
  // Both wait for the agent thread, a few seconds at most. The answer is a warning if the state
  // could not be saved for a restart, else empty.
  Result<std::string> pause(std::string reason, std::optional<Nanos> duration);
  Result<std::string> resume();
  // A planned step; waits for the agent thread, a few seconds at most. Errors: `unsupported`
  // without planned steps, `unavailable`. A refusal is in the answer.
  Result<rules::StepAnswer> step(std::string reason, bool dry);
  // Runs `work` on the agent thread; false when its mailbox is full.
  bool post(std::function<void()> work) { return loop_.post(std::move(work)); }

 private:
  void begin();
  void configure();
  void judge_soon();
  void judge();
  [[nodiscard]] rules::Value truth_of(const rules::Expression& condition) const;
  void open_step_service();
  [[nodiscard]] rules::StepPlan announce_step(Nanos size, bool preview);
  void record_jumps(MonoTime now);
  void update_cluster();
  void record_decisions();
  void log_verdict();
  [[nodiscard]] rules::Facts facts(const core::Snapshot& snapshot) const;
  void hold_rules(Nanos at_most);
  std::string keep_pause();
  Result<std::string> ask_agent(std::function<std::string()> work);
  void restore_pause();
  void on_outcome(const rules::Outcome& outcome);
  void publish(MonoTime now);
  [[nodiscard]] Nanos until_next_look(MonoTime now) const;

  World world_;
  std::string state_directory_;
  std::string boot_id_;
  os::PollLoop loop_;
  records::Ledger ledger_;
  rules::Engine engine_;
  records::DecisionLog decisions_;
  remedy::ProcessActuator processes_;
  remedy::CoreActuator core_;
  remedy::EngineActuator judge_;
  remedy::NotifyActuator notices_;
  Observers observers_;
  remedy::ServiceActuator services_;
  Cluster cluster_;
  remedy::Dispatcher dispatcher_;
  std::unique_ptr<StepService> steps_;
  os::Timer next_look_;
  TimeBoundPublisher bounds_;
  std::uint64_t generation_ = 0;
  std::optional<exporter::Level> logged_verdict_;
  std::vector<std::string> refused_files_;
  std::jthread thread_;
};

}  // namespace slewd::app
