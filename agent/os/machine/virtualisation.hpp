// SPDX-License-Identifier: Apache-2.0
// The hypervisor of this machine as far as the kernel shows it: for display only.
#pragma once

#include <string>

#include "agent/os/machine/sign_sampler.hpp"

namespace slewd::os {

// "Amazon EC2 m7i.large", "xen", "an unnamed hypervisor"; empty = none detected.
// From the firmware's names (DMI), /sys/hypervisor and the processor's flags. Reads files.
[[nodiscard]] std::string find_virtualisation(const KernelFolders& folders = {});

}  // namespace slewd::os
