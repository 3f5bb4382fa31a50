// SPDX-License-Identifier: Apache-2.0
// What this machine runs on, as far as the kernel shows it: a guess for people, never a condition.
#pragma once

#include <string>

#include "agent/os/machine/sign_sampler.hpp"

namespace slewd::os {

// "Amazon EC2 m7i.large", "xen", "a hypervisor that gives no name"; empty = nothing speaks for one.
// From the firmware's names (DMI), /sys/hypervisor and the processor's flags. Reads files.
[[nodiscard]] std::string find_virtualisation(const KernelFolders& folders = {});

}  // namespace slewd::os
