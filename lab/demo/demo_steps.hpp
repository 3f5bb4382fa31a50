// SPDX-License-Identifier: Apache-2.0
// Runs the steps of the demo: waits for each in what slewd publishes, steps the clock as another
// program would, and prints what happened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/daemon.hpp"

#include "lab/demo/demo_machine.hpp"
#include "lab/demo/shared_wall.hpp"

namespace slewd::lab {

enum class DemoStep {
  locked,
  stepped,
  detected,
  victim_dead,
  rule_fired,
  restarted,
  settled,
  never_backwards
};

struct StepsOptions {
  std::optional<Nanos> length;  // ends after this; otherwise runs until interrupted
  bool check = false;           // ends as soon as all steps are done
  std::uint16_t victim_port = 0;
};

// Runs on a thread of its own. `daemon` and `machine` outlive it.
class DemoSteps {
 public:
  DemoSteps(app::Daemon& daemon, DemoMachine& machine, SharedWall& page,
            const StepsOptions& options);

  // Runs until the end or until `daemon` stops; then stops the daemon.
  void run();
  void stop() { loop_.stop(); }  // any thread

  // Afterwards: the steps that did not happen.
  [[nodiscard]] std::vector<std::string> missing() const;

 private:
  void turn();
  void watch_the_clock(const core::ClockReading& now);
  void advance(const core::Snapshot& snapshot, const rules::Status& status);
  void wait_for_lock(const core::Snapshot& snapshot, const rules::Status& status);
  void wait_for_detection(const core::Snapshot& snapshot);
  void wait_for_death(const rules::Status& status);
  void wait_for_repair(const rules::Status& status);
  void wait_for_settled(const core::Snapshot& snapshot);
  void print(const std::string& text);
  void finish_step(DemoStep step, const std::string& text);
  [[nodiscard]] bool done(DemoStep step) const;
  [[nodiscard]] Nanos since_start() const;

  app::Daemon& daemon_;
  DemoMachine& machine_;
  SharedWall& page_;
  StepsOptions options_;
  os::PollLoop loop_;
  MonoTime began_;
  std::vector<DemoStep> done_;
  std::optional<MonoTime> locked_at_;
  MonoTime stepped_at_;    // on the simulated timeline
  MonoTime stepped_real_;  // on the real one
  std::optional<WallTime> last_wall_;
  bool went_back_ = false;
  MonoTime next_progress_;
};

}  // namespace slewd::lab
