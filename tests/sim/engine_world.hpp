// One engine on one simulated machine, with everything that it decides on record and the house's
// invariants checked on each event. Tests and the trace program share it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/core/engine.hpp"
#include "sim/world.hpp"

namespace slewd::tests {

class EngineWorld final : private core::Observer {
 public:
  explicit EngineWorld(std::uint64_t seed, sim::ClientConfig client = {},
                       core::CoreConfig config = default_config());
  ~EngineWorld() override;
  EngineWorld(const EngineWorld&) = delete;
  EngineWorld& operator=(const EngineWorld&) = delete;

  // Mode auto, steps never: what most scenarios want.
  [[nodiscard]] static core::CoreConfig default_config();
  // A server `name`, known to the engine, with the same law in both directions.
  sim::ServerHost& add_server(const std::string& name, sim::LinkLaw law,
                              sim::Personality personality = {});
  // Starts the engine with the servers added so far, and the checks of the invariants.
  void start();

  [[nodiscard]] std::shared_ptr<const core::Snapshot> snapshot() const { return board_.latest(); }
  [[nodiscard]] core::Phase phase() const { return snapshot()->phase.phase; }
  [[nodiscard]] core::Engine& engine() { return *engine_; }
  // A reload with this changed.
  void reload(const std::function<void(core::CoreConfig&)>& change);
  // Root mean square of the true offset in seconds, sampled each second since reset_error().
  [[nodiscard]] double rms() const;
  [[nodiscard]] Nanos largest_error() const { return largest_; }
  void reset_error();
  // Samples in which the published bound did not contain the true error, of how many.
  [[nodiscard]] std::uint64_t bound_violations() const { return bound_violations_; }
  [[nodiscard]] std::uint64_t bound_checks() const { return bound_checks_; }
  // Broken invariants, in words; empty is good.
  [[nodiscard]] const std::vector<std::string>& broken() const { return broken_; }
  [[nodiscard]] bool visited(core::Phase phase) const;

  sim::World world;
  sim::ClientMachine& client;
  std::vector<core::PhaseTransition> transitions;
  std::vector<core::ClockEvent> jumps;

 private:
  void on_decision(const core::Decision& decision) override;
  void on_transition(const core::PhaseTransition& transition) override;
  void on_jump(const core::ClockEvent& event) override;
  void on_note(core::Severity severity, std::string_view text) override;
  void check_second();
  void check_backwards();

  core::CoreConfig config_;
  core::SnapshotBoard board_;
  std::unique_ptr<core::Engine> engine_;
  int servers_ = 0;
  std::optional<core::ClockReading> last_;
  std::optional<core::Decision> last_decision_;
  double sum_of_squares_ = 0;
  std::uint64_t seconds_ = 0;
  Nanos largest_{};
  std::uint64_t bound_violations_ = 0;
  std::uint64_t bound_checks_ = 0;
  std::vector<std::string> broken_;
};

}  // namespace slewd::tests
