// SPDX-License-Identifier: Apache-2.0
// What systemd says of one unit.
#pragma once

#include <optional>
#include <string>

#include "base/timeline.hpp"

namespace slewd::remedy {

struct UnitState {
  std::string unit;  // as it was asked for; an alias stays one
  // active, reloading, inactive, failed, activating, deactivating, or a value of a newer systemd;
  // "unknown" before systemd has answered.
  std::string active_state = "unknown";
  std::string sub_state;     // "running", "dead", "auto-restart"; empty when unknown
  std::string result;        // of its last run: "success", "exit-code", "watchdog"; may be empty
  std::string load_state;    // "loaded", "not-found", "masked"; empty when unknown
  int exec_main_status = 0;  // exit status or signal of the main process; services only
  MonoTime since;            // since when active_state is this
  std::optional<MonoTime> started{};  // last time that it was; none = never, or not known

  friend bool operator==(const UnitState&, const UnitState&) = default;
};

}  // namespace slewd::remedy
