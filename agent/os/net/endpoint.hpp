// SPDX-License-Identifier: Apache-2.0
// The core's endpoints and the kernel's socket addresses.
#pragma once

#include <cstdint>
#include <string_view>

#include <sys/socket.h>

#include "agent/core/ports.hpp"
#include "base/result.hpp"

namespace slewd::os {

// "192.0.2.1", "2001:db8::1", "fe80::1%eth0" or "fe80::1%2". No brackets, no name, no port:
// `invalid`.
[[nodiscard]] Result<core::Endpoint> parse_numeric(std::string_view host, std::uint16_t port);

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);  // the API's own idiom
  }
};
[[nodiscard]] SocketAddress to_socket_address(const core::Endpoint& endpoint);

// `invalid` for another family than IPv4 or IPv6 and for a short address.
[[nodiscard]] Result<core::Endpoint> from_socket_address(const sockaddr* address, socklen_t length);

}  // namespace slewd::os
