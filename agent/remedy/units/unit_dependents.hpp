// SPDX-License-Identifier: Apache-2.0
// What else a stop stops: systemd stops everything that requires a unit, or is a part of it, and
// what requires that in turn; the unit's start brings back only what it wants itself. Agent thread
// only.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "agent/remedy/units/unit_connection.hpp"
#include "agent/remedy/units/unit_properties.hpp"

namespace slewd::remedy {

// A unit that a stop would leave down.
struct LeftStopped {
  std::string unit;     // empty: there is none
  std::string unknown;  // why nothing could be learnt of it; empty: it runs
};

// `visited` = the unit itself and all who stop with it, directly or not, with what was found of
// each. Targets are no services and do not count, but what stops with them does.
[[nodiscard]] std::string left_stopped_by_stop(
    const std::string& unit, const std::map<std::string, UnitProperties>& visited);

// Looks at everything that stops with `unit`, of which `properties` are known, one by one and each
// within `timeout`; at most limits::kUnitDependents units, more count as unknown. `done` is called
// once, possibly from within.
void find_left_stopped(UnitConnection& connection, const std::string& unit,
                       const UnitProperties& properties, Nanos timeout,
                       std::function<void(const LeftStopped&)> done);

}  // namespace slewd::remedy
