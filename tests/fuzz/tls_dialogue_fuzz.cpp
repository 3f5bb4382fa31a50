// SPDX-License-Identifier: Apache-2.0
// Any bytes as what a server says to an IMAP login with STARTTLS, in pieces of any size (the first
// byte): no bytes that are made up can finish a handshake, so nothing passes and no password is
// sent.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "agent/remedy/probes/imap_login_probe.hpp"
#include "agent/remedy/probes/starttls_dialogue.hpp"
#include "agent/remedy/probes/tls_dialogue.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slewd::remedy;
  if (size == 0 || size > slewd::limits::kProbeTlsBytes) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0] % 64;
  constexpr std::string_view kPassword = "hush-hush";
  auto login = ImapLoginDialogue::make({"user", std::string(kPassword), ""}, "",
                                       ImapLoginDialogue::Opening::was_greeted);
  auto tls = TlsDialogue::make(std::make_unique<ImapLoginDialogue>(std::move(*login)));
  SLEWD_CHECK(tls.has_value());
  StartTlsDialogue dialogue("* OK", std::move(*tls));
  Step step = dialogue.connected();
  while (!bytes.empty() && step.kind == Step::Kind::more) {
    step = dialogue.received(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    SLEWD_CHECK(step.send.find(kPassword) == std::string::npos);
    SLEWD_CHECK(!dialogue.missing().empty());
  }
  SLEWD_CHECK(step.kind != Step::Kind::passed);
  SLEWD_CHECK(step.detail.find('\n') == std::string::npos);
  return 0;
}
