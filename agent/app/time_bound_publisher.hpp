// SPDX-License-Identifier: Apache-2.0
// Writes the shared memory segments of agent/clockbound each second and after each jump, for
// applications that ask for time with its bound.
#pragma once

#include <optional>
#include <string>

#include "agent/app/log.hpp"
#include "agent/clockbound/segment_writer.hpp"
#include "agent/os/reactor.hpp"

namespace slewd::app {

struct TimeBoundOptions {
  std::string folder;    // of the segments; empty = none are written
  bool counted = false;  // whether there is a counter for the second segment (cycle_counter.hpp)
};

// On the reactor's thread. All must outlive this.
class TimeBoundPublisher {
 public:
  TimeBoundPublisher(os::Reactor& reactor, Log& log, const core::Clock& clock,
                     const core::SnapshotBoard& snapshots, TimeBoundOptions options);

  // Begins to write; does nothing without a folder.
  void start();
  // Something has changed: write now.
  void update();

 private:
  void open();

  os::Reactor& reactor_;
  Log& log_;
  const core::Clock& clock_;
  const core::SnapshotBoard& snapshots_;
  TimeBoundOptions options_;
  std::optional<clockbound::SegmentWriter> writer_;
  std::optional<MonoTime> tried_;  // to open the files
  std::string problem_;            // as the log has it
  os::Timer next_;
};

}  // namespace slewd::app
