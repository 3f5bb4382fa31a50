// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/tools/loopback.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/tools/clocks.hpp"

namespace slewd::e2e {

sockaddr_in loopback_address(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Loopback::Loopback(std::int64_t patience) : deadline_(read_clock(CLOCK_MONOTONIC_RAW) + patience) {}

Loopback::~Loopback() {
  if (socket_ >= 0) close(socket_);
}

bool Loopback::fail(std::string_view why) {
  failure_ = why;
  return false;
}

int Loopback::milliseconds_left() const {
  const std::int64_t left = deadline_ - read_clock(CLOCK_MONOTONIC_RAW);
  return static_cast<int>(std::max<std::int64_t>(left / 1'000'000, 0));
}

// On loopback the kernel answers a connect at once, so this one needs no deadline.
bool Loopback::connect_to(int port) {
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in peer = loopback_address(port);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0) {
    return fail("refused");
  }
  return true;
}

bool Loopback::send_all(std::string_view text) {
  const ssize_t sent = send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(text.size()) || fail("closed");
}

bool Loopback::fill() {
  pollfd wait{socket_, POLLIN, 0};
  if (poll(&wait, 1, milliseconds_left()) <= 0) return fail("silent");
  std::array<char, 4096> chunk{};
  const ssize_t got = recv(socket_, chunk.data(), chunk.size(), 0);
  if (got <= 0) return fail("closed");
  buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  return true;
}

bool Loopback::read_line(std::string& line) {
  std::size_t end = buffer_.find("\r\n");
  while (end == std::string::npos) {
    if (!fill()) return false;
    end = buffer_.find("\r\n");
  }
  line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return true;
}

}  // namespace slewd::e2e
