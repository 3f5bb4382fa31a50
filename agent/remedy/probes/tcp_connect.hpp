// SPDX-License-Identifier: Apache-2.0
// Non-blocking TCP to a numeric address. No name service: a lookup could block the agent thread.
#pragma once

#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::remedy {

// Begins to connect. The socket becomes writable when that has ended, well or badly. Errors:
// `invalid` when `host` is no numeric address or `port` no port, else what the kernel said.
[[nodiscard]] Result<Fd> begin_connect(const std::string& host, int port);

// How the connecting ended. A socket that is connected to itself is an error: without a listener
// on a port of the ephemeral range, the kernel can join a connecting socket to itself (RFC 9293
// section 3.5, simultaneous open), and a dead service would look alive.
[[nodiscard]] Result<void> finish_connect(int fd);

}  // namespace slewd::remedy
