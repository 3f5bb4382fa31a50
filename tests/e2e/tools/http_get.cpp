// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/tools/http_get.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace slewd::e2e {
namespace {

constexpr std::string_view kLength = "Content-Length: ";
constexpr int kPatience = 5;  // seconds until a silent server counts as gone

// The whole answer's length; 0 while its head is not complete.
std::size_t whole_length(const std::string& answer) {
  const std::size_t head = answer.find("\r\n\r\n");
  if (head == std::string::npos) return 0;
  const std::size_t at = answer.find(kLength);
  if (at == std::string::npos || at > head) return 0;
  return head + 4 + std::strtoul(answer.c_str() + at + kLength.size(), nullptr, 10);
}

}  // namespace

HttpGet::~HttpGet() {
  if (link_ >= 0) close(link_);
}

bool HttpGet::connect_again() {
  if (link_ >= 0) close(link_);
  link_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  const timeval patience{kPatience, 0};
  setsockopt(link_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(link_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(static_cast<std::uint16_t>(port_));
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(link_, reinterpret_cast<sockaddr*>(&peer), sizeof peer) == 0;
}

bool HttpGet::exchange(const std::string& request, std::string& body) const {
  if (send(link_, request.data(), request.size(), MSG_NOSIGNAL) < 0) return false;
  std::string answer;
  std::array<char, 16384> chunk{};
  for (;;) {
    const ssize_t got = recv(link_, chunk.data(), chunk.size(), 0);
    if (got <= 0) return false;
    answer.append(chunk.data(), static_cast<std::size_t>(got));
    const std::size_t whole = whole_length(answer);
    if (whole != 0 && answer.size() >= whole) {
      body = answer.substr(answer.find("\r\n\r\n") + 4);
      return true;
    }
  }
}

std::string HttpGet::page(const std::string& path) {
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  std::string body;
  if (link_ >= 0 && exchange(request, body)) return body;
  if (connect_again() && exchange(request, body)) return body;
  return {};
}

}  // namespace slewd::e2e
