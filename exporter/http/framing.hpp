// SPDX-License-Identifier: Apache-2.0
// Finds one complete HTTP/1.x request in the bytes that a peer has sent, and refuses everything
// that two parsers could read in two ways: request smuggling needs a disagreement, so this parser
// is strict (RFC 9112). Pure; bounded by limits::kHttpHeadBytes and kHttpBodyBytes.
#pragma once

#include <cstddef>
#include <string_view>

#include "exporter/http/http_message.hpp"

namespace slewd::exporter {

// Why a request was refused. A closed set: it is a label of slewd_http_rejected_total.
enum class Refusal { malformed, head_too_large, body_too_large, unsupported };

struct Refused {
  int status = 400;
  Refusal reason = Refusal::malformed;
  std::string_view message;  // for the peer: what was wrong
};

class Framer {
 public:
  enum class State { need_more, complete, refused };

  // Parses `buffer`: all bytes since the last complete request. The same bytes, and more, are
  // given again after need_more; only new ones are searched for the end of the head.
  [[nodiscard]] State advance(std::string_view buffer);

  // After `complete`: the request, and how many bytes it took.
  [[nodiscard]] Request& request() { return request_; }
  [[nodiscard]] std::size_t consumed() const { return head_bytes_ + body_bytes_; }
  // After `refused`.
  [[nodiscard]] const Refused& refused() const { return refused_; }

  // Ready for the next request of the connection.
  void reset();

 private:
  bool parse_head(std::string_view head);
  bool parse_request_line(std::string_view line);
  bool parse_field(std::string_view line);
  bool store_field(std::string_view name, std::string_view value);
  bool parse_length(std::string_view value);
  bool check_whole();
  bool refuse(int status, Refusal reason, std::string_view message);

  Request request_;
  Refused refused_;
  std::size_t searched_ = 0;
  std::size_t head_bytes_ = 0;  // 0 until the head is complete
  std::size_t body_bytes_ = 0;
  bool http_1_1_ = false;
  bool has_length_ = false;
  bool has_host_ = false;
};

}  // namespace slewd::exporter
