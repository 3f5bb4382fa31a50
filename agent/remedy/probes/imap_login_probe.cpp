// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/imap_login_probe.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "agent/remedy/probes/imap_greeting.hpp"
#include "base/limits.hpp"
#include "base/one_line.hpp"

namespace slewd::remedy {
namespace {

constexpr std::string_view kLoginTag = "a1";
constexpr std::string_view kLogout = "a2 LOGOUT\r\n";
constexpr std::size_t kServerTextBytes = 200;

bool has_forbidden(std::string_view text) {
  constexpr std::string_view kForbidden("\r\n\0", 3);
  return text.find_first_of(kForbidden) != std::string_view::npos;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string quoted_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// Appends an astring to the command. Quoted strings are 7-bit (RFC 3501 section 4.3): the rest
// travels as a literal, whose octets begin a new piece after the server's go-ahead.
void append_string(std::deque<std::string>& pieces, std::string_view text) {
  if (is_ascii(text)) {
    pieces.back() += quoted_string(text);
    return;
  }
  pieces.back() += '{' + std::to_string(text.size()) + "}\r\n";
  pieces.emplace_back(text);
}

}  // namespace

Result<ImapLoginDialogue> ImapLoginDialogue::make(Credentials credentials, std::string expect,
                                                  Opening opening) {
  if (has_forbidden(credentials.user))
    return fail(ErrorCode::invalid, "the IMAP user name has a line end or a NUL in it");
  if (has_forbidden(credentials.password))
    return fail(ErrorCode::invalid, "the IMAP password has a line end or a NUL in it");
  return ImapLoginDialogue(std::move(credentials), std::move(expect), opening);
}

ImapLoginDialogue::ImapLoginDialogue(Credentials credentials, std::string expect, Opening opening)
    : credentials_(std::move(credentials)),
      expect_(std::move(expect)),
      greeted_(opening == Opening::was_greeted) {
  pieces_.emplace_back(std::string(kLoginTag) + " LOGIN ");
  append_string(pieces_, credentials_.user);
  pieces_.back() += ' ';
  append_string(pieces_, credentials_.password);
  pieces_.back() += "\r\n";
}

Step ImapLoginDialogue::connected() { return greeted_ ? send_next_piece() : Step::more(); }

Step ImapLoginDialogue::received(std::string_view bytes) {
  replies_.feed(bytes);
  std::string to_send;
  while (const auto reply = replies_.next()) {
    Step step = greeted_ ? on_reply(*reply) : on_greeting(*reply);
    step.send.insert(0, to_send);
    if (step.kind != Step::Kind::more) return step;
    to_send = std::move(step.send);
  }
  if (replies_.broken())
    return Step::failed("a reply is longer than " + std::to_string(limits::kProbeReplyBytes) +
                        " bytes: " + missing());
  return Step::more(std::move(to_send));
}

Step ImapLoginDialogue::on_greeting(const ImapReply& reply) {
  if (const std::string problem = greeting_problem(reply, expect_); !problem.empty())
    return failed(problem, reply.line);
  if (forbids_login(reply))
    return failed("the server forbids LOGIN without TLS (LOGINDISABLED)", reply.line);
  greeted_ = true;
  return send_next_piece();
}

Step ImapLoginDialogue::on_reply(const ImapReply& reply) {
  switch (reply.kind) {
    case ImapReply::Kind::untagged:
      if (reply.word == "BYE") return failed("ended by the server during LOGIN", reply.line);
      return Step::more();
    case ImapReply::Kind::continuation:
      if (pieces_.empty())
        return failed("unexpected continuation after a complete LOGIN", reply.line);
      return send_next_piece();
    case ImapReply::Kind::tagged:
      return on_tagged(reply);
    case ImapReply::Kind::garbage:
      break;
  }
  return failed("no IMAP reply to LOGIN", reply.line);
}

Step ImapLoginDialogue::on_tagged(const ImapReply& reply) {
  if (reply.tag != kLoginTag) return failed("reply to a command that was not sent", reply.line);
  if (reply.word == "OK" && pieces_.empty())
    return Step::passed(with_warning("login ok"), std::string(kLogout));
  return failed("login refused", reply.line);
}

Step ImapLoginDialogue::send_next_piece() {
  std::string piece = std::move(pieces_.front());
  pieces_.pop_front();
  return Step::more(std::move(piece));
}

std::string ImapLoginDialogue::missing() const {
  return with_warning(greeted_ ? "greeted, but no answer to LOGIN" : "no greeting");
}

Step ImapLoginDialogue::failed(const std::string& what, const std::string& said) const {
  return Step::failed(
      with_warning(what + ": " + one_line(without_password(said), kServerTextBytes)));
}

std::string ImapLoginDialogue::with_warning(std::string detail) const {
  if (!credentials_.warning.empty()) detail += " (warning: " + credentials_.warning + ')';
  return detail;
}

// A server may repeat what it was sent.
std::string ImapLoginDialogue::without_password(std::string text) const {
  constexpr std::string_view kHidden = "<password>";
  const std::string in_quotes = quoted_string(credentials_.password);
  const std::string escaped = in_quotes.substr(1, in_quotes.size() - 2);
  for (const std::string& secret : {escaped, credentials_.password}) {
    if (secret.empty()) continue;
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + kHidden.size()))
      text.replace(at, secret.size(), kHidden);
  }
  return text;
}

}  // namespace slewd::remedy
