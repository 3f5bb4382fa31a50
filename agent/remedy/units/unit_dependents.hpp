// SPDX-License-Identifier: Apache-2.0
// Whom a stop takes along: systemd stops everything that requires a unit, or is a part of it, and
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
struct Stranded {
  std::string unit;     // empty: there is none
  std::string unknown;  // why nothing could be learnt of it; empty: it runs
};

// `visited` = the unit itself and all who stop with it, directly or not, with what was found of
// each. Targets are no services: their end is nobody's, but those who stop with them count.
[[nodiscard]] std::string stranded_by_stop(const std::string& unit,
                                           const std::map<std::string, UnitProperties>& visited);

// Looks at everything that stops with `unit`, of which `properties` are known, one by one and each
// within `timeout`; at most limits::kUnitDependents units, more count as unknown. `done` is called
// once, possibly from within.
void find_stranded(UnitConnection& connection, const std::string& unit,
                   const UnitProperties& properties, Nanos timeout,
                   std::function<void(const Stranded&)> done);

}  // namespace slewd::remedy
