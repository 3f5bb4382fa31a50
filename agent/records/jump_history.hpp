// SPDX-License-Identifier: Apache-2.0
// What the lines of a jump ledger say, taken one after the other: counters, the newest events, and
// the last id. The order of the lines and their ids is all that counts; no wall time orders
// anything.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "agent/core/jumps/clock_event.hpp"
#include "agent/core/jumps/jump_view.hpp"
#include "agent/records/jump_line.hpp"
#include "base/timeline.hpp"

namespace slewd::records {

// The boot in which somebody reads: events of another one have no age.
struct BootMark {
  std::string id;  // of /proc/sys/kernel/random/boot_id; empty: not known
  BootTime now;    // an event that lies beyond has come through a snapshot's roll-back
};

class JumpHistory {
 public:
  explicit JumpHistory(BootMark boot) : boot_(std::move(boot)) {}

  // One line; false when it is damaged or of another version, which is counted.
  bool learn(std::string_view line);
  // An event that is known without a line. A line's newest word for an id wins, as long as the
  // event is among the recent ones; what comes later for an id still older changes nothing.
  void note(const core::ClockEvent& event);

  [[nodiscard]] const core::JumpView& view() const { return view_; }
  [[nodiscard]] std::uint64_t last_id() const { return last_id_; }
  [[nodiscard]] std::uint64_t damaged_lines() const { return damaged_; }
  [[nodiscard]] const BootMark& boot() const { return boot_; }

  // Told each event of a line, in the order of the lines, refinements too.
  std::function<void(const core::ClockEvent&)> on_event;

 private:
  void take(const JumpTotals& totals);
  [[nodiscard]] bool is_former(const JumpRecord& record) const;

  BootMark boot_;
  core::JumpView view_;
  std::uint64_t last_id_ = 0;
  std::uint64_t damaged_ = 0;
};

}  // namespace slewd::records
