// SPDX-License-Identifier: Apache-2.0
// A TCP port of the loopback that nobody listens on, kept from others while the object lives.
#pragma once

#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/fd.hpp"

namespace slewd {

// Binds to a free port of the loopback and answers its number.
inline int bind_anywhere(int fd) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* name = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd, name, length) != 0 || ::getsockname(fd, name, &length) != 0) std::abort();
  return ntohs(address.sin_port);
}

class DeadPort {
 public:
  [[nodiscard]] int port() const { return port_; }

 private:
  Fd socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  int port_ = bind_anywhere(socket_.get());
};

}  // namespace slewd
