// SPDX-License-Identifier: Apache-2.0
// Protects against DNS rebinding: a web page whose name resolves to 127.0.0.1
// could otherwise read this machine's status through its visitor's browser.
#pragma once

#include "exporter/http/http_message.hpp"

namespace slewd::exporter {

// Applies to clients on a loopback address: the Host must be an IP address or
// localhost. Elsewhere, and on the unix socket, any Host is accepted.
[[nodiscard]] bool host_is_allowed(const Request& request);

}  // namespace slewd::exporter
