// SPDX-License-Identifier: Apache-2.0
// Doctor's checks for actions on units: systemd, its bus, and polkit, which authorizes them.
#pragma once

#include <string>
#include <vector>

#include "agent/ctl/doctor_finding.hpp"

namespace slewd::app {

// Folders that the checks read; tests replace them.
struct UnitFolders {
  std::string run = "/run";
  std::string share = "/usr/share";
  std::string etc = "/etc";
};

// Reads files only: a call over the bus would start polkit.
[[nodiscard]] std::vector<DoctorFinding> find_unit_rights(const UnitFolders& folders);

}  // namespace slewd::app
