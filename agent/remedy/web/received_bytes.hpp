// SPDX-License-Identifier: Apache-2.0
// What a TCP connection has brought so far. A file of its own: the kernel's header knows more than
// the C library's, and the two cannot be included together.
#pragma once

#include <cstdint>

namespace slewd::remedy {

// Zero when the kernel cannot say (older than Linux 4.1), or when this is no TCP socket.
[[nodiscard]] std::uint64_t received_bytes(int socket);

}  // namespace slewd::remedy
