// SPDX-License-Identifier: Apache-2.0
// Opens the listening sockets of the HTTP server: TCP addresses, one unix socket, descriptors
// passed in by the service manager. Every socket is non-blocking and closed on exec.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "exporter/http/http_message.hpp"

namespace slewd::exporter {

// Owns the socket and, for a unix socket, its file: removed by the destructor, unless another
// program has replaced it.
class ListeningSocket {
 public:
  // `address` is numeric ("127.0.0.1", "::1", "::" for both families); port 0 takes a free one.
  // No SO_REUSEPORT: a second daemon on the same port is an error, not a silent share.
  [[nodiscard]] static Result<ListeningSocket> tcp(const std::string& address, std::uint16_t port);
  // A dead daemon's socket file is replaced; a live one, or a file of another kind, is an error.
  [[nodiscard]] static Result<ListeningSocket> unix_path(const std::string& path, unsigned mode);
  // A listening stream socket, TCP or unix. Its file, if any, belongs to its creator.
  [[nodiscard]] static Result<ListeningSocket> adopt(Fd fd);

  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;
  ~ListeningSocket();

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] Transport transport() const { return transport_; }
  [[nodiscard]] std::uint16_t port() const;  // 0 for a unix socket

 private:
  ListeningSocket(Fd fd, Transport transport) : fd_(std::move(fd)), transport_(transport) {}

  Fd fd_;
  Transport transport_;
  std::string path_;  // to be removed
  std::uint64_t inode_ = 0;
};

}  // namespace slewd::exporter
