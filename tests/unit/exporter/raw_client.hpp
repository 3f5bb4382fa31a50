// SPDX-License-Identifier: Apache-2.0
// A client that sends exactly the bytes that a test gives it, well-formed or not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace slewd::exporter {

struct RawResponse {
  int status = 0;  // 0: the connection ended before a whole response
  std::string head;
  std::string body;
};

class RawClient {
 public:
  [[nodiscard]] static RawClient tcp(std::uint16_t port);
  [[nodiscard]] static RawClient unix_socket(const std::string& path);

  // False when the peer has closed.
  bool send(std::string_view bytes);
  // Until at least so many bytes have come that are not read yet; how many have.
  std::size_t wait_for_unread(std::size_t bytes) const;
  // Closes its sending half.
  void send_no_more();
  // One response by its Content-Length; `head_only` for answers without a body.
  [[nodiscard]] RawResponse receive(bool head_only = false);
  // Waits for the next bytes and keeps them; false when the peer has closed.
  [[nodiscard]] bool receive_some() { return fill(); }
  // Everything until the peer closes.
  [[nodiscard]] std::string receive_all();
  // True when the peer has closed (or reset) and nothing is left to read.
  [[nodiscard]] bool closed();

 private:
  explicit RawClient(Fd fd);
  bool fill();

  Fd fd_;
  std::string buffer_;
};

// GET with the headers that HTTP/1.1 needs.
[[nodiscard]] std::string get(std::string_view path, std::string_view more_headers = "");

}  // namespace slewd::exporter
