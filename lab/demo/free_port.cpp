// SPDX-License-Identifier: Apache-2.0
#include "lab/demo/free_port.hpp"

#include <cerrno>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/fd.hpp"

namespace slewd::lab {

Result<std::uint16_t> free_port(int wanted) {
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return fail(system_error("socket", errno));
  const int yes = 1;
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(wanted));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd.get(), generic, length) != 0) {
    return fail(system_error("port " + std::to_string(wanted) + " of 127.0.0.1", errno));
  }
  if (::getsockname(fd.get(), generic, &length) != 0)
    return fail(system_error("getsockname", errno));
  return ntohs(address.sin_port);
}

}  // namespace slewd::lab
