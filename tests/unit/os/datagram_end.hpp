// SPDX-License-Identifier: Apache-2.0
// The other end of what slewd sends by datagrams: the service manager's, the journal's.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.hpp"

namespace slewd::os {

class DatagramEnd {
 public:
  // A path, or with a leading "@" the name of an abstract socket.
  explicit DatagramEnd(const std::string& name)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
  }

  // The oldest that has come; "nothing" when none has.
  [[nodiscard]] std::string take() const {
    std::array<char, 32768> buffer{};
    const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return size < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

 private:
  Fd fd_;
};

}  // namespace slewd::os
