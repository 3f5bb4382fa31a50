// SPDX-License-Identifier: Apache-2.0
// Keeps foreign web pages out (DNS rebinding): a page whose name is made to resolve to 127.0.0.1
// could otherwise read this machine's status through its visitor's browser.
#pragma once

#include "exporter/http/http_message.hpp"

namespace slewd::exporter {

// Holds for clients that reached us on a loopback address: the Host must be an IP address or
// localhost. Elsewhere, and on the unix socket, any Host is taken.
[[nodiscard]] bool host_is_allowed(const Request& request);

}  // namespace slewd::exporter
