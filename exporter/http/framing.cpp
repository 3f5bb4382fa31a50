// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/framing.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::exporter {
namespace {

// RFC 9110 section 5.6.2.
bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kMarks.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_visible(char c) { return c > ' ' && c < '\x7F'; }

// Visible characters, space and tab, and bytes above ASCII, which values may carry.
bool is_field_value_char(char c) {
  return c == '\t' || c == ' ' || is_visible(c) || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

// Spaces and tabs only: base trim() removes more, and here each octet matters.
std::string_view strip(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// A newline at or after `from` without its carriage return: some servers end a line there, some do
// not (RFC 9112 section 2.2), so it is refused as soon as it is seen.
bool has_bare_newline(std::string_view head, std::size_t from) {
  for (std::size_t at = head.find('\n', from); at != std::string_view::npos;
       at = head.find('\n', at + 1)) {
    if (at == 0 || head[at - 1] != '\r') return true;
  }
  return false;
}

}  // namespace

Framer::State Framer::advance(std::string_view buffer) {
  if (head_bytes_ == 0) {
    constexpr std::string_view kEnd = "\r\n\r\n";
    const std::size_t from = searched_ < kEnd.size() ? 0 : searched_ - (kEnd.size() - 1);
    const std::size_t end = buffer.find(kEnd, from);
    if (has_bare_newline(buffer.substr(0, end), searched_)) {
      refuse(400, Refusal::malformed, "lines end in CR LF");
      return State::refused;
    }
    searched_ = buffer.size();
    const std::size_t head = end == std::string_view::npos ? buffer.size() : end + kEnd.size();
    if (head > limits::kHttpHeadBytes) {
      refuse(431, Refusal::head_too_large, "the request head is longer than 16 KiB");
      return State::refused;
    }
    if (end == std::string_view::npos) return State::need_more;
    head_bytes_ = head;
    if (!parse_head(buffer.substr(0, end + 2))) return State::refused;
  }
  if (buffer.size() < consumed()) return State::need_more;
  request_.body = buffer.substr(head_bytes_, body_bytes_);
  return State::complete;
}

void Framer::reset() { *this = Framer(); }

bool Framer::refuse(int status, Refusal reason, std::string_view message) {
  refused_ = {status, reason, message};
  return false;
}

// `head` holds whole lines, each with its CRLF.
bool Framer::parse_head(std::string_view head) {
  std::size_t lines = 0;
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (lines++ > limits::kHttpHeaderFields) {
      return refuse(431, Refusal::head_too_large, "too many header fields");
    }
    if (!(lines == 1 ? parse_request_line(line) : parse_field(line))) return false;
  }
  return check_whole();
}

bool Framer::parse_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return refuse(400, Refusal::malformed, "the request line is not METHOD TARGET VERSION");
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || method.size() > limits::kHttpMethodBytes) {
    return refuse(400, Refusal::malformed, "the method is not a short token");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    const bool other = version.size() == 8 && version.starts_with("HTTP/");
    return other ? refuse(505, Refusal::unsupported, "only HTTP/1.0 and HTTP/1.1 are supported")
                 : refuse(400, Refusal::malformed, "the version is not HTTP/1.1");
  }
  // Origin form only: this is not a proxy (RFC 9112 section 3.2.1).
  if (!target.starts_with('/') || !std::all_of(target.begin(), target.end(), is_visible)) {
    return refuse(400, Refusal::malformed, "the target is not an absolute path");
  }
  http_1_1_ = version == "HTTP/1.1";
  request_.keep_alive = http_1_1_;
  request_.method = method;
  const std::size_t question = target.find('?');
  request_.path = target.substr(0, question);
  if (question != std::string_view::npos) request_.query = target.substr(question + 1);
  return true;
}

bool Framer::parse_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  // No name, a space before the colon, or a continuation line (obs-fold): RFC 9112 section 5.
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return refuse(400, Refusal::malformed, "a header line is not NAME: VALUE");
  }
  const std::string_view value = strip(line.substr(colon + 1));
  if (!std::all_of(value.begin(), value.end(), is_field_value_char)) {
    return refuse(400, Refusal::malformed, "a header value has control characters");
  }
  return store_field(lower_case(line.substr(0, colon)), value);
}

bool Framer::store_field(std::string_view name, std::string_view value) {
  if (name == "transfer-encoding") {
    return refuse(501, Refusal::unsupported, "Transfer-Encoding is not accepted");
  }
  if (name == "content-length") return parse_length(value);
  if (name == "expect") return refuse(417, Refusal::unsupported, "Expect is not accepted");
  if (name == "host") {
    if (has_host_) return refuse(400, Refusal::malformed, "two Host fields");
    has_host_ = true;
    request_.host = value;
  } else if (name == "accept") {
    if (!request_.accept.empty()) request_.accept += ',';
    request_.accept += value;
  } else if (name == "if-none-match") {
    request_.if_none_match = value;
  } else if (name == "connection") {
    const std::string options = lower_case(value);
    for (const std::string_view option : split(options, ',')) {
      if (strip(option) == "close") request_.keep_alive = false;
      if (strip(option) == "keep-alive" && !http_1_1_) request_.keep_alive = true;
    }
  }
  return true;
}

bool Framer::parse_length(std::string_view value) {
  // Two equal lengths are refused too: no correct client sends them.
  if (has_length_) return refuse(400, Refusal::malformed, "two Content-Length fields");
  has_length_ = true;
  const bool digits = !value.empty() && std::all_of(value.begin(), value.end(),
                                                    [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return refuse(400, Refusal::malformed, "Content-Length is not a number");
  for (const char c : value) {
    body_bytes_ = body_bytes_ * 10 + static_cast<std::size_t>(c - '0');
    if (body_bytes_ > limits::kHttpBodyBytes) {
      return refuse(413, Refusal::body_too_large, "the body is longer than 16 KiB");
    }
  }
  return true;
}

bool Framer::check_whole() {
  if (http_1_1_ && !has_host_) {
    return refuse(400, Refusal::malformed, "HTTP/1.1 needs a Host field");
  }
  // Request smuggling: a body that one server reads and the next takes as a request.
  if (body_bytes_ > 0 && request_.method != "POST") {
    return refuse(400, Refusal::malformed, "only POST may carry a body");
  }
  return true;
}

}  // namespace slewd::exporter
