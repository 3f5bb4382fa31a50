// SPDX-License-Identifier: Apache-2.0
#include "base/host.hpp"

#include <array>

#include <unistd.h>

namespace slewd {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

bool has_systemd() { return ::access("/run/systemd/system", F_OK) == 0; }

}  // namespace slewd
