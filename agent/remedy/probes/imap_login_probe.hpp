// SPDX-License-Identifier: Apache-2.0
// A real login proves an IMAP service. A greeting does not: after a backward step of the clock
// Dovecot 2 goes on greeting at once while every login hangs for up to 180 s.
#pragma once

#include <deque>
#include <string>

#include "agent/remedy/probes/dialogue.hpp"
#include "agent/remedy/probes/imap_reply.hpp"
#include "base/result.hpp"

namespace slewd::remedy {

class ImapLoginDialogue final : public Dialogue {
 public:
  struct Credentials {
    std::string user;
    std::string password;
    std::string warning;  // added to every verdict: how the password file is kept
  };

  // Under TLS that STARTTLS has begun, the server greets no second time.
  enum class Opening { greeting, was_greeted };

  // `expect` is what the greeting's line must start with; empty takes any.
  // Errors: a name or a password with CR, LF or NUL, which no IMAP string can carry safely.
  static Result<ImapLoginDialogue> make(Credentials credentials, std::string expect,
                                        Opening opening = Opening::greeting);

  Step connected() override;
  Step received(std::string_view bytes) override;
  [[nodiscard]] std::string missing() const override;

 private:
  ImapLoginDialogue(Credentials credentials, std::string expect, Opening opening);

  Step on_greeting(const ImapReply& reply);
  Step on_reply(const ImapReply& reply);
  Step on_tagged(const ImapReply& reply);
  Step send_next_piece();
  [[nodiscard]] Step failed(const std::string& what, const std::string& said) const;
  [[nodiscard]] std::string with_warning(std::string detail) const;
  [[nodiscard]] std::string without_password(std::string text) const;

  Credentials credentials_;
  std::string expect_;
  std::deque<std::string> pieces_;  // of the LOGIN command; the server asks for each but the first
  ImapReplies replies_;
  bool greeted_;
};

}  // namespace slewd::remedy
