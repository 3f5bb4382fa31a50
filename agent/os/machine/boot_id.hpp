// SPDX-License-Identifier: Apache-2.0
// Which boot of the machine this is: with a boot time it places a record in order, whatever the
// wall clock said.
#pragma once

#include <string>

namespace slewd::app {

// As the kernel tells it; empty when it does not.
[[nodiscard]] std::string boot_id();

}  // namespace slewd::app
