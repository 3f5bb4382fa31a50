// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/container.hpp"

#include <cstdlib>

#include <unistd.h>

namespace slewd::os {

Place where_we_run() {
  const bool pod =
      std::getenv("KUBERNETES_SERVICE_HOST") != nullptr;  // NOLINT(concurrency-mt-unsafe)
  const bool other =
      ::access("/.dockerenv", F_OK) == 0 || ::access("/run/.containerenv", F_OK) == 0;
  return pod || other ? Place::container : Place::host;
}

}  // namespace slewd::os
