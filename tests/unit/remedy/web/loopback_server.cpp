// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/remedy/web/loopback_server.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/unit/dead_port.hpp"

namespace slewd::remedy {

LoopbackServer::LoopbackServer(TestReactor& reactor)
    : reactor_(reactor), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
  port_ = bind_anywhere(listener_.get());
  if (::listen(listener_.get(), 8) != 0) std::abort();
  reactor_.watch(listener_.get(), POLLIN, [this](short) { on_accept(); });
}

LoopbackServer::~LoopbackServer() {
  stop_listening();
  for (Peer& peer : peers_) hang_up(peer);
}

void LoopbackServer::stop_listening() {
  if (!listener_.valid()) return;
  reactor_.unwatch(listener_.get());
  listener_.reset();
}

void LoopbackServer::hang_up(Peer& peer) {
  if (!peer.fd.valid()) return;
  reactor_.unwatch(peer.fd.get());
  peer.fd.reset();
}

void LoopbackServer::on_accept() {
  Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK));
  if (!fd.valid()) return;
  ++connections;
  Peer& peer = peers_.emplace_back(Peer{std::move(fd), {}});
  const int buffer = 65536;  // so that what was sent has arrived, but for so much
  if (!flood.empty()) ::setsockopt(peer.fd.get(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  ::send(peer.fd.get(), greeting.data(), greeting.size(), MSG_NOSIGNAL);
  if (close_after_greeting) return peer.fd.reset();
  reactor_.watch(peer.fd.get(), POLLIN, [this, &peer](short) { on_readable(peer); });
}

void LoopbackServer::on_readable(Peer& peer) {
  std::array<char, 512> buffer{};
  const ssize_t got = ::recv(peer.fd.get(), buffer.data(), buffer.size(), 0);
  if (got <= 0) return hang_up(peer);
  if (answer_bytes) {
    const std::string said = answer_bytes({buffer.data(), static_cast<std::size_t>(got)});
    ::send(peer.fd.get(), said.data(), said.size(), MSG_NOSIGNAL);
    return;
  }
  peer.pending.append(buffer.data(), static_cast<std::size_t>(got));
  for (auto end = peer.pending.find("\r\n"); end != std::string::npos;
       end = peer.pending.find("\r\n")) {
    lines.push_back(peer.pending.substr(0, end));
    peer.pending.erase(0, end + 2);
    const std::string said = answer ? answer(lines.back()) : std::string();
    ::send(peer.fd.get(), said.data(), said.size(), MSG_NOSIGNAL);
    if (!said.empty() && !flood.empty())
      return reactor_.watch(peer.fd.get(), POLLOUT, [this, &peer](short) { pour(peer); });
  }
}

void LoopbackServer::pour(Peer& peer) {
  const std::string_view rest = std::string_view(flood).substr(peer.poured % flood.size());
  const ssize_t sent = ::send(peer.fd.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno == EAGAIN) return;
  if (sent < 0) {
    flood_cut = true;
    return hang_up(peer);
  }
  peer.poured += static_cast<std::size_t>(sent);
  flooded += static_cast<std::size_t>(sent);
}

void LoopbackServer::say(std::string_view text) {
  for (const Peer& peer : peers_)
    if (peer.fd.valid()) ::send(peer.fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
}

}  // namespace slewd::remedy
