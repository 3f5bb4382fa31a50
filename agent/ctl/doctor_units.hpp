// SPDX-License-Identifier: Apache-2.0
// What doctor says of acting on units: systemd, its bus, and polkit, which decides.
#pragma once

#include <string>
#include <vector>

#include "agent/ctl/doctor_finding.hpp"

namespace slewd::app {

// Where the machine keeps what is looked at; a test brings its own.
struct UnitFolders {
  std::string run = "/run";
  std::string share = "/usr/share";
  std::string etc = "/etc";
};

// Looks at files only: nothing is asked over the bus, which would start polkit.
[[nodiscard]] std::vector<DoctorFinding> find_unit_rights(const UnitFolders& folders);

}  // namespace slewd::app
