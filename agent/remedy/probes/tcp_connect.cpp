// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/tcp_connect.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace slewd::remedy {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

std::optional<Address> numeric_address(const std::string& host, int port) {
  if (port < 1 || port > 65535) return std::nullopt;
  Address address;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(static_cast<std::uint16_t>(port));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = v4.sin_port;
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.length = sizeof v4;
    return address;
  }
  if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.length = sizeof v6;
    return address;
  }
  return std::nullopt;
}

// The part of an address that names an end of a connection: host and port.
std::array<unsigned char, 18> endpoint_bytes(const sockaddr_storage& storage) {
  std::array<unsigned char, 18> bytes{};
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof v4);
    std::memcpy(bytes.data(), &v4.sin_addr, 4);
    std::memcpy(bytes.data() + 16, &v4.sin_port, 2);
  } else {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &storage, sizeof v6);
    std::memcpy(bytes.data(), &v6.sin6_addr, 16);
    std::memcpy(bytes.data() + 16, &v6.sin6_port, 2);
  }
  return bytes;
}

bool connected_to_itself(int fd) {
  Address own;
  Address peer;
  own.length = sizeof own.storage;
  peer.length = sizeof peer.storage;
  // The socket interface is written in terms of sockaddr: the cast is its documented use.
  auto* own_name = reinterpret_cast<sockaddr*>(&own.storage);
  auto* peer_name = reinterpret_cast<sockaddr*>(&peer.storage);
  return getsockname(fd, own_name, &own.length) == 0 &&
         getpeername(fd, peer_name, &peer.length) == 0 &&
         own.storage.ss_family == peer.storage.ss_family &&
         endpoint_bytes(own.storage) == endpoint_bytes(peer.storage);
}

}  // namespace

Result<Fd> begin_connect(const std::string& host, int port) {
  const auto address = numeric_address(host, port);
  if (!address)
    return fail(ErrorCode::invalid, "'" + host + "' port " + std::to_string(port) +
                                        " is no numeric address and port, for instance "
                                        "\"127.0.0.1\" and 143");
  Fd fd(::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return fail(system_error("socket", errno));
  const auto* name = reinterpret_cast<const sockaddr*>(&address->storage);
  if (::connect(fd.get(), name, address->length) != 0 && errno != EINPROGRESS)
    return fail(system_error("connect", errno));
  return fd;
}

Result<void> finish_connect(int fd) {
  int problem = 0;
  socklen_t length = sizeof problem;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &length) != 0) problem = errno;
  if (problem != 0) return fail(system_error("connect", problem));
  if (connected_to_itself(fd)) return fail(system_error("connect", ECONNREFUSED));
  return {};
}

}  // namespace slewd::remedy
