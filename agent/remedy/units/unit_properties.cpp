// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/units/unit_properties.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include <systemd/sd-bus.h>

#include "base/limits.hpp"
#include "base/one_line.hpp"

namespace slewd::remedy {
namespace {

bool holds(sd_bus_message* message, std::string_view type) {
  const char* contents = nullptr;
  return sd_bus_message_peek_type(message, nullptr, &contents) > 0 && contents != nullptr &&
         contents == type;
}

bool read_text(sd_bus_message* message, std::optional<std::string>& into) {
  if (!holds(message, "s")) return sd_bus_message_skip(message, "v") >= 0;
  const char* text = nullptr;
  if (sd_bus_message_read(message, "v", "s", &text) < 0) return false;
  into = std::string(text).substr(0, limits::kUnitNameBytes);
  return true;
}

bool read_status(sd_bus_message* message, std::optional<int>& into) {
  if (!holds(message, "i")) return sd_bus_message_skip(message, "v") >= 0;
  std::int32_t number = 0;
  if (sd_bus_message_read(message, "v", "i", &number) < 0) return false;
  into = number;
  return true;
}

bool read_instant(sd_bus_message* message, std::optional<MonoTime>& into) {
  if (!holds(message, "t")) return sd_bus_message_skip(message, "v") >= 0;
  std::uint64_t micros = 0;
  if (sd_bus_message_read(message, "v", "t", &micros) < 0) return false;
  constexpr std::uint64_t kMost = INT64_MAX / 1000;
  if (micros > 0 && micros < kMost)
    into = MonoTime{std::chrono::microseconds(static_cast<std::int64_t>(micros))};
  return true;
}

// Adds to `into`; false when there would be more than `most`.
bool read_names(sd_bus_message* message, std::size_t most, std::vector<std::string>& into) {
  if (!holds(message, "as")) return sd_bus_message_skip(message, "v") >= 0;
  if (sd_bus_message_enter_container(message, 'v', "as") < 0 ||
      sd_bus_message_enter_container(message, 'a', "s") < 0)
    return false;
  const char* name = nullptr;
  int more = 0;
  while ((more = sd_bus_message_read(message, "s", &name)) > 0) {
    // One that is not looked at could be the one that matters.
    if (into.size() == most) return false;
    into.emplace_back(name);
  }
  return more == 0 && sd_bus_message_exit_container(message) >= 0 &&
         sd_bus_message_exit_container(message) >= 0;
}

// systemd.unit(5), "Mapping of unit properties to their inverses".
constexpr std::array<std::string_view, 5> kStopped{"RequiredBy", "RequisiteOf", "BoundBy",
                                                   "ConsistsOf", "PropagatesStopTo"};
constexpr std::array<std::string_view, 4> kStarted{"Requires", "Wants", "BindsTo", "Upholds"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::ranges::find(names, name) != names.end();
}

bool read_value(sd_bus_message* message, std::string_view name, UnitProperties& into) {
  if (name == "Id") return read_text(message, into.id);
  if (name == "Names") {
    into.names.clear();
    return read_names(message, limits::kUnitAliases, into.names);
  }
  if (is_one_of(name, kStopped))
    return read_names(message, limits::kUnitNeighbours, into.stops_with_it);
  if (is_one_of(name, kStarted))
    return read_names(message, limits::kUnitNeighbours, into.starts_with_it);
  if (name == "LoadState") return read_text(message, into.load_state);
  if (name == "ActiveState") return read_text(message, into.active_state);
  if (name == "SubState") return read_text(message, into.sub_state);
  if (name == "Result") return read_text(message, into.result);
  if (name == "ExecMainStatus") return read_status(message, into.exec_main_status);
  if (name == "StateChangeTimestampMonotonic") return read_instant(message, into.state_change);
  if (name == "InactiveExitTimestampMonotonic") return read_instant(message, into.start);
  return sd_bus_message_skip(message, "v") >= 0;
}

}  // namespace

bool read_properties(sd_bus_message* message, UnitProperties& into) {
  if (sd_bus_message_enter_container(message, 'a', "{sv}") <= 0) return false;
  int more = 0;
  while ((more = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
    const char* name = nullptr;
    if (sd_bus_message_read(message, "s", &name) <= 0 || !read_value(message, name, into) ||
        sd_bus_message_exit_container(message) < 0)
      return false;
  }
  return more == 0 && sd_bus_message_exit_container(message) >= 0;
}

std::string describe(const UnitProperties& properties) {
  std::string text = properties.active_state.value_or("unknown");
  if (properties.sub_state) text += " (" + *properties.sub_state + ")";
  if (properties.result && !properties.result->empty() && *properties.result != "success") {
    text += ", result " + *properties.result;
    if (properties.exec_main_status)
      text += ", status " + std::to_string(*properties.exec_main_status);
  }
  return one_line(text, limits::kBusAnswerBytes);
}

}  // namespace slewd::remedy
