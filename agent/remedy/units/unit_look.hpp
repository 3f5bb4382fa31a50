// SPDX-License-Identifier: Apache-2.0
// One look at a unit: where its object is, and its properties.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/remedy/units/unit_connection.hpp"
#include "agent/remedy/units/unit_properties.hpp"

namespace slewd::remedy {

struct UnitLook {
  BusReply::Kind kind = BusReply::Kind::lost;
  std::string error;  // D-Bus name of the error, when refused
  std::string text;   // for people, when not answered
  std::string path;   // of the unit's object, once it is known
  UnitProperties properties;
};

enum class Loading {
  load,     // reads the unit's files if systemd has them not in memory
  if_there  // refused with NoSuchUnit when it is not in memory
};

// Asks for the object's path, passes it to `at_path`, and then asks for the properties: who follows
// the object from at_path on misses no change. Each question has its own `timeout`. `done` is
// called once, like a call's reply; `at_path` may be empty.
void look_at_unit(UnitConnection& connection, const std::string& unit, Loading loading,
                  Nanos timeout, std::function<void(const std::string&)> at_path,
                  std::function<void(const UnitLook&)> done);

// "org.freedesktop.systemd1.Service" of a ".service": the interface that has Result. Empty for
// kinds without one.
[[nodiscard]] std::string result_interface(std::string_view unit);

}  // namespace slewd::remedy
