// SPDX-License-Identifier: Apache-2.0
// One core::Engine on one simulated machine, with its decisions recorded and the project's
// invariants checked: the wall clock is never set back unasked, no slew is faster than
// configured, the base frequency keeps its limits and its warning, the kernel does what was
// decided, the phase Spike is always left. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/engine.hpp"
#include "sim/world.hpp"

namespace slewd::sim {

// Passes everything on to a machine's own driver, and counts.
class CountingDriver final : public core::ClockDriver {
 public:
  explicit CountingDriver(core::ClockDriver& driver) : driver_(driver) {}

  Result<void> set_frequency(Ppm total) override {
    ++calls_;
    return driver_.set_frequency(total);
  }
  Result<void> start_singleshot(Nanos amount) override {
    ++calls_;
    return driver_.start_singleshot(amount);
  }
  Result<void> step(Nanos amount) override;
  Result<void> publish_status(const core::KernelStatus& status) override {
    ++calls_;
    return driver_.publish_status(status);
  }
  [[nodiscard]] Result<core::KernelReadback> read_back() const override {
    ++read_backs_;
    return driver_.read_back();
  }
  [[nodiscard]] Ppm max_frequency() const override { return driver_.max_frequency(); }

  [[nodiscard]] std::uint64_t calls() const { return calls_; }  // that change something
  [[nodiscard]] std::uint64_t read_backs() const { return read_backs_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] std::uint64_t steps_back() const { return steps_back_; }

 private:
  core::ClockDriver& driver_;
  std::uint64_t calls_ = 0;
  mutable std::uint64_t read_backs_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t steps_back_ = 0;
};

// The files of a simulated machine are so much older than the world.
inline constexpr Nanos kFilesAge = std::chrono::years(1);
// And the newest of them, which its own clock has dated.
inline constexpr Nanos kNewestFileAge = std::chrono::days(30);

class EngineHost : private core::Observer {
 public:
  EngineHost(std::uint64_t seed, ClientConfig client, core::CoreConfig config,
             TrueTime start = kWorldStart);
  ~EngineHost() override;
  EngineHost(const EngineHost&) = delete;
  EngineHost& operator=(const EngineHost&) = delete;

  // A server that the engine knows by its name.
  ServerHost& add_server(ServerHost host);
  ServerHost& add_server(ServerHost host, core::SourceConfig source);
  // Starts an engine with the servers added so far.
  void start_engine();
  // Another program has set the frequency: it may stay until the engine's next sample.
  void expect_external_frequency();
  // An operator's step: the wall clock may go back once.
  Result<core::PlannedStep> step_to_true(Nanos announced);
  // SIGKILL: the engine ends without cleanup, with its timers and sockets.
  void kill_engine();

  [[nodiscard]] bool running() const { return engine_ != nullptr; }
  [[nodiscard]] core::Engine& engine() { return *engine_; }
  // The newest, as a reader has it at the present; that of the last engine while none runs. Null
  // before the first. Kept until the next call.
  [[nodiscard]] std::shared_ptr<const core::Snapshot> snapshot() const;
  // Its clock alone: cheap.
  [[nodiscard]] core::ClockView clock_now() const;
  [[nodiscard]] core::Phase phase() const { return board_.latest()->phase.phase; }
  // What the engine has programmed last; empty before that.
  [[nodiscard]] const std::optional<core::Decision>& programmed() const { return last_decision_; }
  // A reload with this changed.
  void reload(const std::function<void(core::CoreConfig&)>& change);
  [[nodiscard]] const core::CoreConfig& config() const { return config_; }
  [[nodiscard]] const CountingDriver& driver() const { return driver_; }

  // What can be seen from outside only, to be called each second or so.
  void check_kernel();
  // At the end: a Spike that is still open counts as well.
  void check_spike();
  // Descriptions of violated invariants, the first twenty of broken_count().
  [[nodiscard]] const std::vector<std::string>& broken() const { return broken_; }
  [[nodiscard]] std::uint64_t broken_count() const { return broken_count_; }
  [[nodiscard]] bool visited(core::Phase phase) const;

  World world;
  ClientMachine& client;
  std::vector<core::PhaseTransition> transitions;
  std::vector<core::ClockEvent> jumps;  // each as it is known by now
  std::vector<TrueTime> jumped_at;      // when each was told
  std::vector<std::string> notes;

 protected:
  void report_broken(std::string what);

 private:
  void on_decision(const core::Decision& decision) override;
  void on_transition(const core::PhaseTransition& transition) override;
  void on_jump(const core::ClockEvent& event) override;
  void on_jump_refined(const core::ClockEvent& event) override;
  void on_note(core::Severity severity, std::string_view text) override;
  [[nodiscard]] bool may_step_back() const;
  void check_base(Ppm base);
  void check_warning(const core::ClockView& clock);
  [[nodiscard]] Nanos longest_poll() const;

  core::CoreConfig config_;
  core::PlausibleTime plausible_;
  CountingDriver driver_;
  core::SnapshotBoard board_;
  mutable std::shared_ptr<const core::Snapshot> seen_;
  std::unique_ptr<core::Engine> engine_;
  std::optional<core::Decision> last_decision_;
  std::optional<MonoTime> spike_since_;
  std::optional<MonoTime> shot_ended_;
  std::optional<MonoTime> implausible_since_;  // first, of this engine
  TrueTime external_until_;
  std::uint64_t steps_back_seen_ = 0;
  std::vector<std::string> broken_;
  std::uint64_t broken_count_ = 0;
};

}  // namespace slewd::sim
