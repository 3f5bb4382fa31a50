// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/starttls_dialogue.hpp"

#include <utility>

#include "agent/remedy/probes/imap_greeting.hpp"
#include "base/one_line.hpp"

namespace slewd::remedy {
namespace {

constexpr std::string_view kTag = "s1";
constexpr std::string_view kCommand = "s1 STARTTLS\r\n";

Step failed(const std::string& what, const ImapReply& reply) {
  return Step::failed(what + ": " + one_line(reply.line, limits::kProbeTextBytes));
}

}  // namespace

StartTlsDialogue::StartTlsDialogue(std::string expect, std::unique_ptr<Dialogue> secured)
    : expect_(std::move(expect)), secured_(std::move(secured)) {}

Step StartTlsDialogue::connected() { return Step::more(); }

Step StartTlsDialogue::received(std::string_view bytes) {
  if (stage_ == Stage::secured) return secured_->received(bytes);
  replies_.feed(bytes);
  Step step = Step::more();
  while (stage_ != Stage::secured) {
    const auto reply = replies_.next();
    if (!reply) break;
    Step next = stage_ == Stage::greeting ? on_greeting(*reply) : on_reply(*reply);
    next.send.insert(0, step.send);
    step = std::move(next);
    if (step.kind != Step::Kind::more) return step;
  }
  if (replies_.broken())
    return Step::failed("a reply is longer than " + std::to_string(limits::kProbeReplyBytes) +
                        " bytes: " + missing());
  return step;
}

Step StartTlsDialogue::on_greeting(const ImapReply& reply) {
  if (const std::string problem = greeting_problem(reply, expect_); !problem.empty())
    return failed(problem, reply);
  stage_ = Stage::agreeing;
  return Step::more(std::string(kCommand));
}

Step StartTlsDialogue::on_reply(const ImapReply& reply) {
  if (reply.kind == ImapReply::Kind::untagged && reply.word != "BYE") return Step::more();
  if (reply.kind != ImapReply::Kind::tagged) return failed("no IMAP reply to STARTTLS", reply);
  if (reply.tag != kTag) return failed("reply to a command that was not sent", reply);
  if (reply.word != "OK") return failed("STARTTLS refused", reply);
  return on_agreed();
}

// An attacker who can write into the connection but not into TLS would send here.
Step StartTlsDialogue::on_agreed() {
  if (!replies_.drained())
    return Step::failed("clear text after STARTTLS, from the server or an attacker in between");
  stage_ = Stage::secured;
  return secured_->connected();
}

std::string StartTlsDialogue::missing() const {
  switch (stage_) {
    case Stage::greeting:
      return "no greeting";
    case Stage::agreeing:
      return "greeted, but no answer to STARTTLS";
    case Stage::secured:
      break;
  }
  return secured_->missing();
}

}  // namespace slewd::remedy
