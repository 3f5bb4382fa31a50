// SPDX-License-Identifier: Apache-2.0
#include "agent/os/net/endpoint.hpp"

#include <charconv>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

namespace slewd::os {
namespace {

constexpr std::size_t kLongestNumeric = INET6_ADDRSTRLEN + IF_NAMESIZE;

// An interface's number or its name; 0 when there is none such.
std::uint32_t scope_of(const std::string& text) {
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec == std::errc{} && parsed.ptr == end) return number;
  return ::if_nametoindex(text.c_str());
}

}  // namespace

Result<core::Endpoint> parse_numeric(std::string_view host, std::uint16_t port) {
  const auto refuse = [&](const char* why) {
    return fail(ErrorCode::invalid, "'" + std::string(host.substr(0, kLongestNumeric)) +
                                        "' is not a numeric address: " + why);
  };
  if (host.size() > kLongestNumeric || host.find('\0') != std::string_view::npos)
    return refuse("write for instance 192.0.2.1 or 2001:db8::1");
  core::Endpoint endpoint;
  endpoint.port = port;
  const std::size_t percent = host.find('%');
  const std::string address(host.substr(0, percent));
  if (percent == std::string_view::npos &&
      ::inet_pton(AF_INET, address.c_str(), endpoint.address.data()) == 1)
    return endpoint;
  endpoint.ipv6 = true;
  if (::inet_pton(AF_INET6, address.c_str(), endpoint.address.data()) != 1)
    return refuse("write for instance 192.0.2.1 or 2001:db8::1");
  if (percent == std::string_view::npos) return endpoint;
  endpoint.scope = scope_of(std::string(host.substr(percent + 1)));
  if (endpoint.scope == 0) return refuse("no such network interface");
  return endpoint;
}

SocketAddress to_socket_address(const core::Endpoint& endpoint) {
  SocketAddress result;
  if (endpoint.ipv6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(endpoint.port);
    address.sin6_scope_id = endpoint.scope;
    std::memcpy(&address.sin6_addr, endpoint.address.data(), sizeof address.sin6_addr);
    std::memcpy(&result.storage, &address, sizeof address);
    result.length = sizeof address;
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    std::memcpy(&address.sin_addr, endpoint.address.data(), sizeof address.sin_addr);
    std::memcpy(&result.storage, &address, sizeof address);
    result.length = sizeof address;
  }
  return result;
}

Result<core::Endpoint> from_socket_address(const sockaddr* address, socklen_t length) {
  core::Endpoint endpoint;
  sa_family_t family = AF_UNSPEC;
  if (address != nullptr && length >= sizeof family)
    std::memcpy(&family, &address->sa_family, sizeof family);
  if (family == AF_INET && length >= sizeof(sockaddr_in)) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, address, sizeof ipv4);
    endpoint.port = ntohs(ipv4.sin_port);
    std::memcpy(endpoint.address.data(), &ipv4.sin_addr, sizeof ipv4.sin_addr);
    return endpoint;
  }
  if (family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, address, sizeof ipv6);
    endpoint.ipv6 = true;
    endpoint.port = ntohs(ipv6.sin6_port);
    endpoint.scope = ipv6.sin6_scope_id;
    std::memcpy(endpoint.address.data(), &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
    return endpoint;
  }
  return fail(ErrorCode::invalid, "not an IPv4 or IPv6 socket address");
}

}  // namespace slewd::os
