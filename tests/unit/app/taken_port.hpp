// SPDX-License-Identifier: Apache-2.0
// A TCP port of the loopback, of the kernel's choice, on which another socket listens.
#pragma once

#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/fd.hpp"

namespace slewd::app {

class TakenPort {
 public:
  TakenPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address_);
    socklen_t length = sizeof address_;
    listening_ = ::bind(fd_.get(), generic, length) == 0 && ::listen(fd_.get(), 1) == 0 &&
                 ::getsockname(fd_.get(), generic, &length) == 0;
    EXPECT_TRUE(listening_);
  }
  [[nodiscard]] bool listening() const { return listening_; }
  [[nodiscard]] int number() const { return ntohs(address_.sin_port); }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(number()); }

 private:
  Fd fd_;
  sockaddr_in address_{};
  bool listening_ = false;
};

}  // namespace slewd::app
