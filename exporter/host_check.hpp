// Keeps foreign web pages out (DNS rebinding): a page whose name is made to resolve to 127.0.0.1
// could otherwise read this machine's status through its visitor's browser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/http_message.hpp"

namespace slewd::exporter {

// Holds for clients that reached us on a loopback address: the Host must be an IP address,
// localhost or an allowed name. Elsewhere, and on the unix socket, any Host is taken.
[[nodiscard]] bool host_is_allowed(const Request& request,
                                   const std::vector<std::string>& allowed_hosts);

}  // namespace slewd::exporter
