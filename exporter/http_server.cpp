// SPDX-License-Identifier: Apache-2.0
#include "exporter/http_server.hpp"

#include <utility>

#include "exporter/api/endpoints.hpp"
#include "exporter/http/listener.hpp"

namespace slewd::exporter {
namespace {

class Server final : public HttpServer {
 public:
  Server(Inputs inputs, std::uint16_t port) : endpoints_(std::move(inputs)), port_(port) {}

  Result<void> listen(std::vector<ListeningSocket> sockets, const Deadlines& deadlines) {
    auto listener =
        Listener::start(std::move(sockets), deadlines, endpoints_.clock(), endpoints_.stats(),
                        [this](const Request& request) { return endpoints_.handle(request); });
    if (!listener) return fail(listener.error());
    listener_ = std::move(*listener);
    return {};
  }

  [[nodiscard]] std::uint16_t port() const override { return port_; }

 private:
  Endpoints endpoints_;
  std::uint16_t port_;
  std::unique_ptr<Listener> listener_;  // last: its threads use the endpoints
};

Result<std::vector<ListeningSocket>> open_all(HttpOptions& options) {
  std::vector<ListeningSocket> sockets;
  for (const TcpAddress& tcp : options.tcp) {
    auto socket = ListeningSocket::tcp(tcp.address, tcp.port);
    if (!socket) return fail(socket.error());
    sockets.push_back(std::move(*socket));
  }
  for (Fd& fd : options.adopted) {
    auto socket = ListeningSocket::adopt(std::move(fd));
    if (!socket) return fail(socket.error());
    sockets.push_back(std::move(*socket));
  }
  if (!options.unix_path.empty()) {
    auto socket = ListeningSocket::unix_path(options.unix_path, options.unix_mode);
    if (!socket) return fail(socket.error());
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpOptions options, Inputs inputs) {
  auto sockets = open_all(options);
  if (!sockets) return fail(Error(sockets.error()).within("http"));
  std::uint16_t port = 0;
  for (const ListeningSocket& socket : *sockets) {
    if (port == 0) port = socket.port();
  }
  auto server = std::make_unique<Server>(std::move(inputs), port);
  if (const Result<void> listening = server->listen(std::move(*sockets), options.deadlines);
      !listening) {
    return fail(Error(listening.error()).within("http"));
  }
  return server;
}

}  // namespace slewd::exporter
