// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/web/received_bytes.hpp"

#include <cstddef>

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace slewd::remedy {

std::uint64_t received_bytes(int socket) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return 0;
  constexpr std::size_t kNeeded = offsetof(tcp_info, tcpi_bytes_received) + sizeof(std::uint64_t);
  return length < kNeeded ? 0 : info.tcpi_bytes_received;
}

}  // namespace slewd::remedy
