// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/imap_reply.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "base/limits.hpp"

namespace slewd::remedy {
namespace {

bool is_tag(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

// Takes the first word off `rest`.
std::string_view take_word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

std::string upper(std::string_view word) {
  std::string text(word);
  std::ranges::transform(text, text.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return text;
}

ImapReply parse(std::string_view line) {
  ImapReply reply;
  reply.line = line;
  std::string_view rest = line;
  const std::string_view tag = take_word(rest);
  if (tag == "+") {
    reply.kind = ImapReply::Kind::continuation;
  } else if (tag == "*") {
    reply.kind = ImapReply::Kind::untagged;
    reply.word = upper(take_word(rest));
  } else if (is_tag(tag)) {
    reply.kind = ImapReply::Kind::tagged;
    reply.tag = tag;
    reply.word = upper(take_word(rest));
  }
  reply.text = rest;
  return reply;
}

// The size that a line announces at its end, "{123}" (RFC 3501 section 4.3).
std::optional<std::size_t> announced_literal(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  const std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  std::size_t size = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (digits.empty() || end != digits.data() + digits.size()) return std::nullopt;
  return problem == std::errc() ? size : limits::kProbeReplyBytes + 1;
}

// Only untagged data carries literals: the text of a condition may end in braces by chance.
bool may_carry_literal(const ImapReply& reply) {
  constexpr std::array<std::string_view, 5> kConditions{"OK", "NO", "BAD", "BYE", "PREAUTH"};
  return reply.kind == ImapReply::Kind::untagged &&
         std::ranges::find(kConditions, reply.word) == kConditions.end();
}

}  // namespace

void ImapReplies::feed(std::string_view bytes) {
  if (!broken_) bytes_ += bytes;
}

// False when more of the literal has to come.
bool ImapReplies::skip_literal() {
  const std::size_t skipped = std::min(literal_, bytes_.size());
  bytes_.erase(0, skipped);
  literal_ -= skipped;
  return literal_ == 0;
}

std::optional<ImapReply> ImapReplies::next() {
  while (!broken_ && skip_literal()) {
    const std::size_t end = bytes_.find('\n');
    if (line_.size() + std::min(end, bytes_.size()) > limits::kProbeReplyBytes) {
      broken_ = true;
      break;
    }
    if (end == std::string::npos) break;
    std::string_view piece = std::string_view(bytes_).substr(0, end);
    if (piece.ends_with('\r')) piece.remove_suffix(1);
    const auto literal = announced_literal(piece);
    line_ += piece;
    bytes_.erase(0, end + 1);
    ImapReply reply = parse(line_);
    if (literal && may_carry_literal(reply)) {
      literal_ = *literal;
      broken_ = literal_ > limits::kProbeReplyBytes;
      continue;
    }
    line_.clear();
    return reply;
  }
  return std::nullopt;
}

}  // namespace slewd::remedy
