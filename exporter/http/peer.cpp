// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/peer.hpp"

#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace slewd::exporter {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  bool known = false;
};

SocketAddress address_by(int (*ask)(int, sockaddr*, socklen_t*), int fd) {
  SocketAddress address;
  socklen_t length = sizeof address.storage;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the socket API asks for
  address.known = ask(fd, reinterpret_cast<sockaddr*>(&address.storage), &length) == 0;
  return address;
}

template <class T>
T read_as(const SocketAddress& address) {
  T out{};
  std::memcpy(&out, &address.storage, sizeof out);
  return out;
}

bool is_on_loopback(int fd) {
  const SocketAddress own = address_by(::getsockname, fd);
  if (!own.known) return false;
  if (own.storage.ss_family == AF_INET)
    return (ntohl(read_as<sockaddr_in>(own).sin_addr.s_addr) >> 24U) == 127;
  if (own.storage.ss_family != AF_INET6) return false;
  const in6_addr v6 = read_as<sockaddr_in6>(own).sin6_addr;
  return IN6_IS_ADDR_V4MAPPED(&v6) ? v6.s6_addr[12] == 127 : IN6_IS_ADDR_LOOPBACK(&v6);
}

std::uint64_t address_key(int fd) {
  const SocketAddress its = address_by(::getpeername, fd);
  if (!its.known) return 0;
  if (its.storage.ss_family == AF_INET) return ntohl(read_as<sockaddr_in>(its).sin_addr.s_addr);
  const in6_addr v6 = read_as<sockaddr_in6>(its).sin6_addr;
  const std::size_t first = IN6_IS_ADDR_V4MAPPED(&v6) ? 12 : 0;
  const std::size_t end = first == 0 ? 8 : sizeof v6.s6_addr;  // a network is one peer
  std::uint64_t key = 0;
  for (std::size_t i = first; i < end; ++i) key = key << 8U | v6.s6_addr[i];
  return key;
}

}  // namespace

Peer peer_of(int fd, Transport transport) {
  Peer peer;
  peer.transport = transport;
  if (transport == Transport::tcp) {
    peer.loopback = is_on_loopback(fd);
    peer.key = address_key(fd);
    return peer;
  }
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0) {
    peer.uid = credentials.uid;
    peer.key = credentials.uid;
  }
  peer.party = is_trusted(transport, peer.uid) ? Party::trusted : Party::local;
  return peer;
}

bool is_trusted(Transport transport, std::optional<uid_t> uid) {
  return transport == Transport::unix_socket && uid && (*uid == 0 || *uid == ::geteuid());
}

}  // namespace slewd::exporter
