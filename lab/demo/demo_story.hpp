// SPDX-License-Identifier: Apache-2.0
// The demo's plot and its narrator: waits for each chapter in what slewd itself publishes, plays
// the outsider who steps the clock, and tells what happened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/daemon.hpp"

#include "lab/demo/demo_machine.hpp"
#include "lab/demo/shared_wall.hpp"

namespace slewd::lab {

enum class Chapter {
  locked,
  stepped,
  seen,
  victim_dead,
  rule_fired,
  restarted,
  home,
  never_backwards
};

struct StoryOptions {
  std::optional<Nanos> length;  // ends by itself after this; otherwise goes on until interrupted
  bool check = false;           // ends as soon as the story is told
  std::uint16_t victim_port = 0;
};

// Runs on a thread of its own. `daemon` and `machine` outlive it.
class DemoStory {
 public:
  DemoStory(app::Daemon& daemon, DemoMachine& machine, SharedWall& page,
            const StoryOptions& options);

  // Tells the story until its end or until `daemon` stops; then stops the daemon.
  void run();
  void stop() { loop_.stop(); }  // any thread

  // Afterwards: what did not happen, in words. Empty = the whole story.
  [[nodiscard]] std::vector<std::string> missing() const;

 private:
  void turn();
  void watch_the_clock(const core::ClockReading& now);
  void advance(const core::Snapshot& snapshot, const rules::Status& status);
  void wait_for_lock(const core::Snapshot& snapshot, const rules::Status& status);
  void wait_for_sight(const core::Snapshot& snapshot);
  void wait_for_death(const rules::Status& status);
  void wait_for_repair(const rules::Status& status);
  void wait_for_home(const core::Snapshot& snapshot);
  void tell(const std::string& text);
  void finish_chapter(Chapter chapter, const std::string& text);
  [[nodiscard]] bool done(Chapter chapter) const;
  [[nodiscard]] Nanos since_start() const;

  app::Daemon& daemon_;
  DemoMachine& machine_;
  SharedWall& page_;
  StoryOptions options_;
  os::PollLoop loop_;
  MonoTime began_;
  std::vector<Chapter> told_;
  std::optional<MonoTime> locked_at_;
  MonoTime stepped_at_;    // on the simulated timeline
  MonoTime stepped_real_;  // on the real one
  std::optional<WallTime> last_wall_;
  bool went_back_ = false;
  MonoTime next_progress_;
};

}  // namespace slewd::lab
