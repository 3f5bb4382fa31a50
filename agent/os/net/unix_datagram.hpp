// SPDX-License-Identifier: Apache-2.0
// One datagram to a unix socket: the protocol of the service manager and the journal.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace slewd::os {

// `socket` is a path, or @name for an abstract one. Never blocks: a full socket is `unavailable`, a
// missing one `not_found`. Any thread.
Result<void> send_datagram(const std::string& socket, std::string_view message);

}  // namespace slewd::os
