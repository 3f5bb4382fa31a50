// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/imap_login_probe.hpp"

#include <gtest/gtest.h>

namespace slewd::remedy {
namespace {

using Kind = Step::Kind;

ImapLoginDialogue login_dialogue(std::string user = "probe", std::string password = "secret",
                                 std::string expect = "", std::string warning = "") {
  auto made = ImapLoginDialogue::make({std::move(user), std::move(password), std::move(warning)},
                                      std::move(expect));
  EXPECT_TRUE(made);
  return std::move(*made);
}

TEST(ImapLogin, LogsInAndOut) {
  auto talk = login_dialogue();
  EXPECT_EQ(talk.connected().kind, Kind::more);
  EXPECT_EQ(talk.missing(), "no greeting");
  const Step login = talk.received("* OK ready\r\n");
  EXPECT_EQ(login.kind, Kind::more);
  EXPECT_EQ(login.send, "a1 LOGIN \"probe\" \"secret\"\r\n");
  EXPECT_EQ(talk.missing(), "greeted, but no answer to LOGIN");
  EXPECT_EQ(talk.received("* CAPABILITY IMAP4rev1\r\na1 O").kind, Kind::more);
  const Step end = talk.received("K Logged in\r\n");
  EXPECT_EQ(end.kind, Kind::passed);
  EXPECT_EQ(end.detail, "login ok");
  EXPECT_EQ(end.send, "a2 LOGOUT\r\n");
}

TEST(ImapLogin, EscapesWhatQuotedStringsNeedEscaped) {
  auto talk = login_dialogue("a\"b", "c\\d e");
  EXPECT_EQ(talk.received("* OK\r\n").send, "a1 LOGIN \"a\\\"b\" \"c\\\\d e\"\r\n");
}

TEST(ImapLogin, SendsAPasswordBeyondAsciiAsALiteralWhenAskedForIt) {
  auto talk = login_dialogue("probe", "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(talk.received("* OK\r\n").send, "a1 LOGIN \"probe\" {6}\r\n");
  EXPECT_EQ(talk.received("+ OK\r\n").send, "gr\xc3\xbc\xc3\x9f\r\n");
  EXPECT_EQ(talk.received("a1 OK\r\n").kind, Kind::passed);
}

TEST(ImapLogin, SendsBothAsLiterals) {
  auto talk = login_dialogue("\xc3\xa4", "\xc3\xb6");
  EXPECT_EQ(talk.received("* OK\r\n").send, "a1 LOGIN {2}\r\n");
  EXPECT_EQ(talk.received("+ \r\n").send, "\xc3\xa4 {2}\r\n");
  EXPECT_EQ(talk.received("+ \r\n").send, "\xc3\xb6\r\n");
}

TEST(ImapLogin, RefusesCredentialsThatCouldSmuggleCommands) {
  for (const std::string& bad :
       {std::string("a\r\nb"), std::string("a\nb"), std::string("a\0b", 3)}) {
    EXPECT_FALSE(ImapLoginDialogue::make({bad, "x", ""}, ""));
    EXPECT_FALSE(ImapLoginDialogue::make({"x", bad, ""}, ""));
  }
}

struct Failure {
  std::string_view said;  // everything the server says
  std::string_view detail;
};

class ImapLoginFails : public testing::TestWithParam<Failure> {};

TEST_P(ImapLoginFails, WithAClearReason) {
  auto talk = login_dialogue("probe", "secret", "* OK");
  const Step step = talk.received(GetParam().said);
  EXPECT_EQ(step.kind, Kind::failed);
  EXPECT_EQ(step.detail, GetParam().detail);
}

INSTANTIATE_TEST_SUITE_P(
    Replies, ImapLoginFails,
    testing::Values(Failure{"* BYE too many\r\n", "refused at the greeting: * BYE too many"},
                    Failure{"* PREAUTH hi\r\n",
                            "the server requires no login, so none can be tested: * PREAUTH hi"},
                    Failure{"HTTP/1.1 400 Bad\r\n", "no IMAP greeting: HTTP/1.1 400 Bad"},
                    Failure{"* ok hi\r\n", "the greeting does not start with '* OK': * ok hi"},
                    Failure{"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n",
                            "the server forbids LOGIN without TLS (LOGINDISABLED): "
                            "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi"},
                    Failure{"* OK\r\na1 NO [AUTHENTICATIONFAILED] no\r\n",
                            "login refused: a1 NO [AUTHENTICATIONFAILED] no"},
                    Failure{"* OK\r\na1 BAD what\r\n", "login refused: a1 BAD what"},
                    Failure{"* OK\r\n* BYE going down\r\n",
                            "ended by the server during LOGIN: * BYE going down"},
                    Failure{"* OK\r\n+ more\r\n",
                            "unexpected continuation after a complete LOGIN: + more"},
                    Failure{"* OK\r\na7 OK\r\n", "reply to a command that was not sent: a7 OK"},
                    Failure{"* OK\r\n\x01\r\n", "no IMAP reply to LOGIN: ?"},
                    Failure{"* OK\r\na1 NO \"secret\" is wrong\r\n",
                            "login refused: a1 NO \"<password>\" is wrong"}));

TEST(ImapLogin, BelievesNoOkBeforeTheWholeCommandIsSent) {
  auto talk = login_dialogue("probe", "\xc3\xb6");
  EXPECT_EQ(talk.received("* OK\r\na1 OK\r\n").kind, Kind::failed);
}

TEST(ImapLogin, FailsOnAReplyWithoutEnd) {
  auto talk = login_dialogue();
  const Step step = talk.received("* OK " + std::string(5000, 'x'));
  EXPECT_EQ(step.kind, Kind::failed);
  EXPECT_EQ(step.detail, "a reply is longer than 4096 bytes: no greeting");
}

TEST(ImapLogin, HidesAPasswordWithEscapesAndOneThatIsCutShort) {
  auto talk = login_dialogue("probe", "a\\b");
  EXPECT_EQ(talk.received("* OK\r\na1 NO a\\\\b a\\b\r\n").detail,
            "login refused: a1 NO <password> <password>");
  auto other = login_dialogue("probe", "secret");
  const Step step = other.received("* OK\r\na1 NO " + std::string(185, 'x') + " secret\r\n");
  EXPECT_EQ(step.detail.find("sec"), std::string::npos) << step.detail;
}

TEST(ImapLogin, AddsTheWarningToEveryVerdict) {
  auto talk = login_dialogue("probe", "secret", "", "loose file");
  EXPECT_EQ(talk.missing(), "no greeting (warning: loose file)");
  EXPECT_EQ(talk.received("* OK\r\na1 OK\r\n").detail, "login ok (warning: loose file)");
}

}  // namespace
}  // namespace slewd::remedy
