// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/starttls_dialogue.hpp"

#include <gtest/gtest.h>

namespace slewd::remedy {
namespace {

using Kind = Step::Kind;

// Takes every byte for a success and says what it was given.
class Secured final : public Dialogue {
 public:
  Step connected() override { return Step::more("<hello>"); }
  Step received(std::string_view bytes) override { return Step::passed(std::string(bytes)); }
  [[nodiscard]] std::string missing() const override { return "no handshake"; }
};

StartTlsDialogue starttls_dialogue(std::string expect = "* OK") {
  return {std::move(expect), std::make_unique<Secured>()};
}

std::string failure(std::string_view said) {
  const Step step = starttls_dialogue().received(said);
  return step.kind == Kind::failed ? step.detail : "no failure";
}

TEST(StartTls, HandsOverWhatFollowsTheAgreement) {
  auto talk = starttls_dialogue();
  EXPECT_EQ(talk.connected().send, "");
  EXPECT_EQ(talk.missing(), "no greeting");
  EXPECT_EQ(talk.received("* OK rea").send, "");
  EXPECT_EQ(talk.received("dy\r\n").send, "s1 STARTTLS\r\n");
  EXPECT_EQ(talk.missing(), "greeted, but no answer to STARTTLS");
  EXPECT_EQ(talk.received("* CAPABILITY IMAP4rev1\r\ns1 ok ").kind, Kind::more);
  EXPECT_EQ(talk.received("begin\r\n").send, "<hello>");
  EXPECT_EQ(talk.missing(), "no handshake");
  const Step end = talk.received("bytes of TLS");
  EXPECT_EQ(end.kind, Kind::passed);
  EXPECT_EQ(end.detail, "bytes of TLS");
}

TEST(StartTls, BytesInClearBehindTheAgreementAreAnInjection) {
  const std::string blame = "clear text after STARTTLS, from the server or an attacker in between";
  for (const std::string extra : {"a", "\r\n", "a1 OK logged in\r\n", "* {9}\r\n"}) {
    auto talk = starttls_dialogue();
    (void)talk.received("* OK ready\r\n");
    const Step step = talk.received("s1 OK begin\r\n" + extra);
    EXPECT_EQ(step.kind, Kind::failed) << extra;
    EXPECT_EQ(step.detail, blame);
    EXPECT_EQ(step.send, "") << "TLS was begun all the same";
  }
}

TEST(StartTls, AGreetingThatDoesNotFitIsAFailure) {
  EXPECT_EQ(failure("* BYE too many\r\n"), "refused at the greeting: * BYE too many");
  EXPECT_EQ(failure("* PREAUTH hello\r\n"),
            "the server requires no login, so none can be tested: * PREAUTH hello");
  EXPECT_EQ(failure("220 smtp\r\n"), "no IMAP greeting: 220 smtp");
  EXPECT_EQ(starttls_dialogue("* OK Dovecot").received("* OK other\r\n").detail,
            "the greeting does not start with '* OK Dovecot': * OK other");
}

TEST(StartTls, ARefusalIsAFailure) {
  EXPECT_EQ(failure("* OK\r\ns1 BAD what?\r\n"), "STARTTLS refused: s1 BAD what?");
  EXPECT_EQ(failure("* OK\r\ns1 NO no certificate\r\n"), "STARTTLS refused: s1 NO no certificate");
  EXPECT_EQ(failure("* OK\r\na1 OK\r\n"), "reply to a command that was not sent: a1 OK");
  EXPECT_EQ(failure("* OK\r\n* BYE shutting down\r\n"),
            "no IMAP reply to STARTTLS: * BYE shutting down");
  EXPECT_EQ(failure("* OK\r\n+ more\r\n"), "no IMAP reply to STARTTLS: + more");
}

TEST(StartTls, ALineWithoutEndIsAFailure) {
  EXPECT_EQ(failure("* OK\r\n* " + std::string(limits::kProbeReplyBytes, 'x')),
            "a reply is longer than 4096 bytes: greeted, but no answer to STARTTLS");
}

}  // namespace
}  // namespace slewd::remedy
