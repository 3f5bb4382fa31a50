// SPDX-License-Identifier: Apache-2.0
// `slewctl doctor`: checks permissions and kernel features, and names what to grant.
// Needs no daemon, changes nothing.
#pragma once

#include <string>
#include <vector>

#include "agent/ctl/doctor_finding.hpp"
#include "agent/ctl/doctor_units.hpp"
#include "agent/os/machine/sign_sampler.hpp"
#include "base/result.hpp"

namespace slewd::app {

struct Examination {
  std::vector<DoctorFinding> findings;

  // False when something slewd cannot work without is not ok.
  [[nodiscard]] bool sound() const;
};

// Checks with the permissions of this process, which may differ from the daemon's. Reads each clock
// of the machine once: up to a second on hardware with a slow battery clock.
[[nodiscard]] Examination examine_machine(const os::KernelFolders& folders = {},
                                          const UnitFolders& units = {});

[[nodiscard]] std::string doctor_text(const Examination& examination);
[[nodiscard]] std::string doctor_json(const Examination& examination);

struct DoctorAnswer {
  bool sound = true;  // Examination::sound
  std::string text;
};
// Examines this machine and gives the answer as text or as JSON.
[[nodiscard]] Result<DoctorAnswer> run_doctor(bool json);

}  // namespace slewd::app
