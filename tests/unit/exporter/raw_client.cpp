// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/exporter/raw_client.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/check.hpp"

namespace slewd::exporter {
namespace {

// So long that only a hang can reach it.
constexpr timeval kPatience{60, 0};

}  // namespace

RawClient::RawClient(Fd fd) : fd_(std::move(fd)) {
  SLEWD_CHECK(fd_.valid());
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
}

RawClient RawClient::tcp(std::uint16_t port) {
  RawClient client(Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SLEWD_CHECK(::connect(client.fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) ==
              0);
  return client;
}

RawClient RawClient::unix_socket(const std::string& path) {
  RawClient client(Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  SLEWD_CHECK(path.size() < sizeof address.sun_path);
  std::memcpy(&address.sun_path, path.data(), path.size());
  SLEWD_CHECK(::connect(client.fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) ==
              0);
  return client;
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t RawClient::wait_for_unread(std::size_t bytes) const {
  int unread = 0;
  while (static_cast<std::size_t>(unread) < bytes) {
    SLEWD_CHECK(::ioctl(fd_.get(), FIONREAD, &unread) == 0);
    std::this_thread::yield();
  }
  return static_cast<std::size_t>(unread);
}

void RawClient::send_no_more() { ::shutdown(fd_.get(), SHUT_WR); }

bool RawClient::fill() {
  std::array<char, 65536> chunk{};
  const ssize_t got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
  if (got <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  return true;
}

RawResponse RawClient::receive(bool head_only) {
  RawResponse response;
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return response;
  }
  response.head = buffer_.substr(0, end + 4);
  buffer_.erase(0, end + 4);
  std::size_t length = 0;
  constexpr std::string_view kLength = "Content-Length: ";
  if (const std::size_t at = response.head.find(kLength); at != std::string::npos && !head_only) {
    length = std::strtoul(response.head.c_str() + at + kLength.size(), nullptr, 10);
  }
  while (buffer_.size() < length) {
    if (!fill()) return {};
  }
  response.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  response.status =
      static_cast<int>(std::strtol(response.head.c_str() + std::strlen("HTTP/1.1 "), nullptr, 10));
  return response;
}

std::string RawClient::receive_all() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

bool RawClient::closed() { return buffer_.empty() && !fill(); }

std::string get(std::string_view path, std::string_view more_headers) {
  std::string request = "GET ";
  return request.append(path)
      .append(" HTTP/1.1\r\nHost: localhost\r\n")
      .append(more_headers)
      .append("\r\n");
}

}  // namespace slewd::exporter
