// Whom a stop takes along: units that systemd stops together with one, and that its start does not
// bring back. Agent thread only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/remedy/unit_connection.hpp"
#include "agent/remedy/unit_properties.hpp"

namespace slewd::remedy {

// Of the unit's own lists, running or not.
[[nodiscard]] std::vector<std::string> stranded_by_stop(const UnitProperties& unit);

// Looks at `units` one by one, each within `timeout`, and tells the first that runs, or of which
// nothing can be learnt; empty when none does. Units that systemd has not in memory do not run.
// `done` is called once, possibly from within.
void find_running(UnitConnection& connection, std::vector<std::string> units, Nanos timeout,
                  std::function<void(const std::string& unit)> done);

}  // namespace slewd::remedy
