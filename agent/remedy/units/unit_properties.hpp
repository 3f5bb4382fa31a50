// SPDX-License-Identifier: Apache-2.0
// The properties of a unit that count, out of the many that systemd sends.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/timeline.hpp"

struct sd_bus_message;

namespace slewd::remedy {

// Properties missing in the message are empty.
struct UnitProperties {
  std::optional<std::string> id;  // the unit's own name, of which the others are aliases
  std::vector<std::string> names;
  std::optional<std::string> load_state;
  std::optional<std::string> active_state;
  std::optional<std::string> sub_state;
  std::optional<std::string> result;
  std::optional<int> exec_main_status;
  std::optional<MonoTime> state_change;
  std::optional<MonoTime> start;            // it last left inactive or failed
  std::vector<std::string> stops_with_it;   // units that systemd stops together with this one
  std::vector<std::string> starts_with_it;  // units that it starts together with this one
};

// Reads an "a{sv}" at the message's cursor into `into`. Unknown names and unexpected types are
// passed over; false when the message has another shape.
[[nodiscard]] bool read_properties(sd_bus_message* message, UnitProperties& into);

// "active (running)", "failed (failed), result exit-code, status 89".
[[nodiscard]] std::string describe(const UnitProperties& properties);

}  // namespace slewd::remedy
