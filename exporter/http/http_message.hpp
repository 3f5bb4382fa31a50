// SPDX-License-Identifier: Apache-2.0
// One HTTP request as the handlers see it, and their answer. Values.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace slewd::exporter {

enum class Transport { tcp, unix_socket };

// Only the header fields that a handler needs are kept: other fields cannot be
// reflected, logged or trusted.
struct Request {
  std::string method;
  std::string path;   // not percent-decoded: no path here needs it
  std::string query;  // after '?', raw
  std::string host;
  std::string accept;
  std::string if_none_match;
  std::string body;
  bool keep_alive = true;
  Transport transport = Transport::tcp;
  bool loopback = false;          // TCP: the client reached us on a loopback address
  std::optional<uid_t> peer_uid;  // unix socket: who connected (SO_PEERCRED)
};

// The body is `shared` followed by `own`: a cached page is sent without being copied.
struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> shared;
  std::string own;

  [[nodiscard]] std::size_t body_size() const { return (shared ? shared->size() : 0) + own.size(); }
};

[[nodiscard]] std::string_view reason_phrase(int status);

// The status line and header fields, with the security headers that every answer carries.
[[nodiscard]] std::string response_head(const Response& response, bool keep_alive);

// One line of text.
[[nodiscard]] Response text_response(int status, std::string text);

}  // namespace slewd::exporter
