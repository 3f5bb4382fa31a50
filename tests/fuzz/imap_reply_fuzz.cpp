// SPDX-License-Identifier: Apache-2.0
// Any bytes as what an IMAP server says, in pieces of any size (the first byte): the replies do not
// depend on the pieces, and a login never passes without "a1 OK", nor tells the password.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/remedy/probes/imap_login_probe.hpp"
#include "agent/remedy/probes/imap_reply.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"

namespace {

using slewd::remedy::ImapLoginDialogue;
using slewd::remedy::ImapReplies;
using slewd::remedy::Step;

std::vector<std::string> lines_of(std::string_view bytes, std::size_t piece) {
  ImapReplies replies;
  std::vector<std::string> lines;
  while (!bytes.empty() && !replies.broken()) {
    replies.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (const auto reply = replies.next()) lines.push_back(reply->line);
  }
  return lines;
}

void talk(std::string_view bytes, std::size_t piece) {
  constexpr std::string_view kPassword = "h\xc3\xbcsh-hush";
  auto dialogue = ImapLoginDialogue::make({"user", std::string(kPassword), ""}, "");
  SLEWD_CHECK(dialogue.has_value());
  Step step = dialogue->connected();
  const std::string_view all = bytes;
  while (!bytes.empty() && step.kind == Step::Kind::more) {
    step = dialogue->received(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    SLEWD_CHECK(!dialogue->missing().empty());
  }
  SLEWD_CHECK(step.kind != Step::Kind::passed || all.find("a1 ") != std::string_view::npos);
  SLEWD_CHECK(step.detail.find(kPassword) == std::string::npos);
  SLEWD_CHECK(step.detail.find('\n') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > slewd::limits::kProbeReplyBytes) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0] % 64;
  SLEWD_CHECK(lines_of(bytes, piece) == lines_of(bytes, bytes.size() + 1));
  talk(bytes, piece);
  return 0;
}
