// SPDX-License-Identifier: Apache-2.0
// The exporter's front: metrics, health, JSON API and status page over TCP, and the same plus
// commands over a unix socket.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/http/connection.hpp"
#include "exporter/inputs.hpp"

namespace slewd::exporter {

struct TcpAddress {
  std::string address = "127.0.0.1";  // numeric; "::" takes both families
  std::uint16_t port = 10123;         // 0 takes a free one
};

struct HttpOptions {
  std::vector<TcpAddress> tcp{TcpAddress{}};
  std::string unix_path;      // empty = none
  unsigned unix_mode = 0666;  // everyone may read; commands check the peer's uid
  std::vector<Fd> adopted;    // listening sockets passed by the service manager
  Deadlines deadlines;
};

class HttpServer {
 public:
  // Binds all addresses or none. Errors name the address. The values that `inputs` refers to
  // outlive the server. Started threads take no signals.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(HttpOptions options,
                                                                 Inputs inputs);
  virtual ~HttpServer() = default;  // stops: waits for running handlers, closes every connection

  // Of the first TCP address; 0 without one.
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

}  // namespace slewd::exporter
