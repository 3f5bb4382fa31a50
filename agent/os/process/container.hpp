// SPDX-License-Identifier: Apache-2.0
// Whether this process runs in a container: the advice in messages differs, since commands as root
// of the host are not possible there.
#pragma once

namespace slewd::os {

enum class Place { host, container };

// A pod of Kubernetes, or a container of Docker or Podman, by what these put into each.
[[nodiscard]] Place where_we_run();

}  // namespace slewd::os
