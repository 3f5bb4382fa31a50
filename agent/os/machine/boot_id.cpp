// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/boot_id.hpp"

#include "base/atomic_file.hpp"
#include "base/text.hpp"

namespace slewd::app {

std::string boot_id() {
  constexpr std::size_t kBootIdBytes = 64;
  const auto text = read_file("/proc/sys/kernel/random/boot_id", kBootIdBytes);
  return text ? std::string(trim(*text)) : std::string();
}

}  // namespace slewd::app
