// SPDX-License-Identifier: Apache-2.0
// Whether this process lives in a container, where nobody can run a command of the host's root:
// what is advised to people differs.
#pragma once

namespace slewd::os {

enum class Place { host, container };

// A pod of Kubernetes, or a container of Docker or Podman, by what these put into each.
[[nodiscard]] Place where_we_run();

}  // namespace slewd::os
