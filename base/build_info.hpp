// SPDX-License-Identifier: Apache-2.0
// What a binary says of itself.
#pragma once

#include <string>

namespace slewd {

struct BuildInfo {
  std::string version;
  std::string revision;
  std::string compiler;
  std::string node;  // how this machine is called in `slewctl status`
};

}  // namespace slewd
