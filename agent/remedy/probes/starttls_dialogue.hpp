// SPDX-License-Identifier: Apache-2.0
// The opening of IMAP with STARTTLS (RFC 3501 section 6.2.1, RFC 9051 section 6.2.1): greeting and
// STARTTLS in clear, then the rest is another dialogue's, which begins with TLS. Nothing that was
// said in clear counts after that.
#pragma once

#include <memory>
#include <string>

#include "agent/remedy/probes/dialogue.hpp"
#include "agent/remedy/probes/imap_reply.hpp"

namespace slewd::remedy {

class StartTlsDialogue final : public Dialogue {
 public:
  // `expect` is what the greeting's line must start with; empty takes any.
  StartTlsDialogue(std::string expect, std::unique_ptr<Dialogue> secured);

  Step connected() override;
  Step received(std::string_view bytes) override;
  [[nodiscard]] std::string missing() const override;
  [[nodiscard]] std::size_t reply_limit() const override { return secured_->reply_limit(); }

 private:
  enum class Stage { greeting, agreeing, secured };

  Step on_greeting(const ImapReply& reply);
  Step on_reply(const ImapReply& reply);
  Step on_agreed();

  std::string expect_;
  std::unique_ptr<Dialogue> secured_;
  ImapReplies replies_;
  Stage stage_ = Stage::greeting;
};

}  // namespace slewd::remedy
