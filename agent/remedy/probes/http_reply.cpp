// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/http_reply.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/limits.hpp"
#include "base/one_line.hpp"
#include "base/text.hpp"

namespace slewd::remedy {
namespace {

std::string excerpt(std::string_view text) {
  return "'" + one_line(text.substr(0, 4 * limits::kProbeTextBytes), limits::kProbeTextBytes) + "'";
}

// Digits alone: no sign, no blank.
std::optional<std::size_t> parsed_digits(std::string_view digits, int base) {
  std::size_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  return whole ? std::optional(value) : std::nullopt;
}

}  // namespace

void HttpReply::feed(std::string_view bytes) {
  if (part_ == Part::complete || part_ == Part::broken) return;
  bytes_ += bytes;
  while (read_part()) {
  }
  bytes_.erase(0, at_);
  at_ = 0;
}

HttpReply::Stage HttpReply::stage() const {
  switch (part_) {
    case Part::status_line:
    case Part::field:
      return Stage::head;
    case Part::complete:
      return Stage::complete;
    case Part::broken:
      return Stage::broken;
    default:
      return Stage::body;
  }
}

std::string HttpReply::take_body() { return std::exchange(body_, {}); }

bool HttpReply::read_part() {
  switch (part_) {
    case Part::complete:
    case Part::broken:
      at_ = bytes_.size();
      return false;
    case Part::body_to_close:
    case Part::body_by_length:
    case Part::chunk:
      return read_body();
    default:
      return read_line();
  }
}

bool HttpReply::read_line() {
  const std::size_t end = bytes_.find('\n', at_);
  const bool whole = end != std::string::npos;
  if ((whole ? end : bytes_.size()) - at_ > limits::kProbeHttpLineBytes) {
    give_up("a line is longer than " + std::to_string(limits::kProbeHttpLineBytes) + " bytes");
    return true;
  }
  if (!whole) return false;
  std::string_view line = std::string_view(bytes_).substr(at_, end - at_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  at_ = end + 1;
  on_line(line);
  return true;
}

bool HttpReply::read_body() {
  const std::size_t here = bytes_.size() - at_;
  const std::size_t taken = part_ == Part::body_to_close ? here : std::min(here, left_);
  body_.append(bytes_, at_, taken);
  at_ += taken;
  if (part_ == Part::body_to_close) return false;
  left_ -= taken;
  if (left_ > 0) return false;
  part_ = part_ == Part::chunk ? Part::chunk_end : Part::complete;
  return true;
}

void HttpReply::on_line(std::string_view line) {
  switch (part_) {
    case Part::status_line:
      return on_status_line(line);
    case Part::field:
      return line.empty() ? on_head_end() : on_field(line);
    case Part::chunk_size:
      return on_chunk_size(line);
    case Part::chunk_end:
      part_ = Part::chunk_size;
      if (!line.empty()) give_up("a chunk is longer than its size");
      return;
    default:  // of the trailer
      if (line.empty()) part_ = Part::complete;
  }
}

// RFC 9112 section 4; the minor version does not matter to us.
void HttpReply::on_status_line(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kStatusAt = 9;  // after "HTTP/1.1 "
  const bool framed = line.size() >= kStatusAt + 3 && line.starts_with(kVersion) &&
                      line[kStatusAt - 1] == ' ' &&
                      (line.size() == kStatusAt + 3 || line[kStatusAt + 3] == ' ');
  const auto status = framed ? parsed_digits(line.substr(kStatusAt, 3), 10) : std::nullopt;
  if (!status || *status < 100) return give_up("no HTTP/1 status line: " + excerpt(line));
  status_ = static_cast<int>(*status);
  status_line_ = one_line(line, limits::kProbeTextBytes);
  part_ = Part::field;
}

void HttpReply::on_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;  // nothing that says how long the body is
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (same_ignoring_case(name, "content-length")) return on_content_length(value);
  if (same_ignoring_case(name, "transfer-encoding")) on_transfer_coding(value);
}

void HttpReply::on_content_length(std::string_view value) {
  const auto length = parsed_digits(value, 10);
  if (!length) return give_up("no length: " + excerpt(value));
  if (length_ && *length_ != *length) return give_up("two lengths of one body");
  length_ = length;
}

void HttpReply::on_transfer_coding(std::string_view value) {
  if (!same_ignoring_case(value, "chunked"))
    return give_up("an unexpected transfer coding: " + excerpt(value));
  chunked_ = true;
}

void HttpReply::on_head_end() {
  constexpr int kNoContent = 204;
  constexpr int kNotModified = 304;
  if (status_ < 200) {
    // An interim reply, for instance 103: the final one follows (RFC 9110 section 15.2).
    part_ = Part::status_line;
    length_.reset();
    chunked_ = false;
    return;
  }
  has_head_ = true;
  if (status_ == kNoContent || status_ == kNotModified) {
    part_ = Part::complete;
  } else if (chunked_) {  // goes before a length (RFC 9112 section 6.3)
    part_ = Part::chunk_size;
  } else if (length_) {
    left_ = *length_;
    part_ = left_ > 0 ? Part::body_by_length : Part::complete;
  } else {
    part_ = Part::body_to_close;
  }
}

void HttpReply::on_chunk_size(std::string_view line) {
  const auto size = parsed_digits(trim(line.substr(0, line.find(';'))), 16);
  if (!size) return give_up("no chunk size: " + excerpt(line));
  left_ = *size;
  part_ = left_ > 0 ? Part::chunk : Part::trailer;
}

void HttpReply::give_up(std::string problem) {
  problem_ = std::move(problem);
  part_ = Part::broken;
}

}  // namespace slewd::remedy
