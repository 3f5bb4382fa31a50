// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/tls_dialogue.hpp"

#include <algorithm>
#include <fstream>

#include "agent/remedy/probes/banner_probe.hpp"
#include "agent/remedy/probes/imap_login_probe.hpp"

#include "tests/unit/remedy/probes/probe_run.hpp"
#include "tests/unit/remedy/probes/tls_peer.hpp"
#include "tests/unit/remedy/web/loopback_server.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::ProbeState;
using rules::ProbeTls;
using Kind = Step::Kind;

std::unique_ptr<Dialogue> under_tls(std::unique_ptr<Dialogue> inner) {
  auto made = TlsDialogue::make(std::move(inner));
  EXPECT_TRUE(made);
  return std::move(*made);
}

std::unique_ptr<Dialogue> login() {
  auto made = ImapLoginDialogue::make({"probe", "secret", ""}, "* OK");
  return under_tls(std::make_unique<ImapLoginDialogue>(std::move(*made)));
}

void serve_logins(TlsPeer& peer) {
  peer.greeting = "* OK ready\r\n";
  peer.answer = [](std::string_view line) {
    return line == R"(a1 LOGIN "probe" "secret")" ? "a1 OK in\r\n" : "";
  };
}

// Carries bytes, the peer's in pieces of `piece`, until both are silent or there is a verdict.
Step carry(Dialogue& client, TlsPeer& peer, std::size_t piece = 100000) {
  Step step = client.connected();
  for (std::string wire = peer.receive(step.send); !wire.empty() && step.kind == Kind::more;
       wire = peer.receive(step.send)) {
    std::string send;
    for (std::string_view rest = wire; !rest.empty() && step.kind == Kind::more;
         rest.remove_prefix(std::min(piece, rest.size()))) {
      step = client.received(rest.substr(0, piece));
      send += step.send;
    }
    step.send = send;
  }
  return step;
}

TEST(TlsDialogue, HoldsALoginUnderTls) {
  TlsPeer peer;
  serve_logins(peer);
  const auto client = login();
  EXPECT_EQ(client->missing(), "no TLS handshake");
  const Step end = carry(*client, peer);
  EXPECT_EQ(end.kind, Kind::passed);
  EXPECT_EQ(end.detail, "login ok (TLSv1.3)");
  EXPECT_EQ(peer.heard, "a1 LOGIN \"probe\" \"secret\"\r\na2 LOGOUT\r\n");
}

TEST(TlsDialogue, TakesTls12AndPiecesOfOneByte) {
  TlsPeer peer(TlsPeer::Newest::tls_1_2);
  serve_logins(peer);
  const Step end = carry(*login(), peer, 1);
  EXPECT_EQ(end.kind, Kind::passed) << end.detail;
  EXPECT_EQ(end.detail, "login ok (TLSv1.2)");
}

TEST(TlsDialogue, RefusesWhatIsOlder) {
  TlsPeer peer(TlsPeer::Newest::tls_1_1);
  serve_logins(peer);
  const auto client = login();
  const Step end = carry(*client, peer);
  EXPECT_EQ(end.kind, Kind::failed);
  EXPECT_EQ(end.detail.substr(0, 18), "no TLS handshake: ");
  EXPECT_EQ(peer.heard, "");
}

TEST(TlsDialogue, SaysSoWhenThePeerSpeaksNoTls) {
  const auto client = login();
  EXPECT_EQ(client->connected().kind, Kind::more);
  const Step end = client->received("* OK IMAP ready in clear\r\n");
  EXPECT_EQ(end.kind, Kind::failed);
  EXPECT_EQ(end.detail, "no TLS handshake: wrong version number");
}

TEST(TlsDialogue, AnEndOfTlsIsTheServersEnd) {
  TlsPeer peer;
  peer.greeting = "* OK ready\r\n";
  const auto client = login();
  EXPECT_EQ(carry(*client, peer).kind, Kind::more);
  const Step end = client->received(peer.end());
  EXPECT_EQ(end.kind, Kind::failed);
  EXPECT_EQ(end.detail, "TLS ended by the server: greeted, but no answer to LOGIN");
}

TEST(TlsDialogue, ADamagedRecordIsAFailure) {
  TlsPeer peer;
  peer.greeting = "* OK ready\r\n";
  const auto client = login();
  EXPECT_EQ(carry(*client, peer).kind, Kind::more);
  std::string record = peer.end();
  record.back() = static_cast<char>(record.back() ^ 1);
  const Step end = client->received(record);
  EXPECT_EQ(end.kind, Kind::failed);
  EXPECT_EQ(end.detail.substr(0, 16), "TLS broken off: ");
}

TEST(TlsDialogue, BoundsWhatIsSaidUnderTls) {
  TlsPeer peer;
  peer.greeting = std::string(limits::kProbeReplyBytes + 1, ' ');
  const auto client =
      under_tls(std::make_unique<BannerDialogue>(std::string(2 * limits::kProbeReplyBytes, ' ')));
  const Step end = carry(*client, peer);
  EXPECT_EQ(end.kind, Kind::failed);
  EXPECT_EQ(end.detail.substr(0, 30), "reply longer than 4096 bytes: ");
}

class TlsProbe : public ProbeRun {
 protected:
  void SetUp() override {
    spec.type = rules::ProbeType::imap_login;
    spec.port = static_cast<std::uint16_t>(server.port());
    spec.user = "probe";
    spec.expect = "* OK";
    spec.password_file = folder.write("password", "secret\n");
    spec.tls = ProbeTls::implicit;
    serve_logins(peer);
    server.answer_bytes = [this](std::string_view bytes) { return peer.receive(bytes); };
  }

  TemporaryFolder folder;
  LoopbackServer server{reactor};
  TlsPeer peer;
  rules::ProbeSpec spec;
};

TEST_F(TlsProbe, LogsInOverASocket) {
  const ProbeResult found = run(spec);
  EXPECT_EQ(found.state, ProbeState::ok);
  EXPECT_EQ(found.detail, "login ok (TLSv1.3)");
  EXPECT_TRUE(reactor.run_until([&] { return peer.heard.ends_with("a2 LOGOUT\r\n"); }));
}

TEST_F(TlsProbe, AHandshakeThatHangsFailsAtTheDeadline) {
  bool said_hello = false;
  server.answer_bytes = [&](std::string_view) {
    said_hello = true;
    return "";
  };
  begin(spec);
  ASSERT_TRUE(reactor.run_until([&] { return said_hello; }));
  reactor.advance(3s);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->state, ProbeState::failed);
  EXPECT_EQ(result->detail, "no TLS handshake within 3s");
}

TEST_F(TlsProbe, StartsTlsInTheMiddle) {
  spec.tls = ProbeTls::starttls;
  server.greeting = "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n";
  peer.greeting.clear();  // it has greeted already
  bool agreed = false;
  server.answer_bytes = [&](std::string_view bytes) -> std::string {
    if (agreed) return peer.receive(bytes);
    agreed = bytes == "s1 STARTTLS\r\n";
    return agreed ? "s1 OK begin\r\n" : "";
  };
  const ProbeResult found = run(spec);
  EXPECT_EQ(found.state, ProbeState::ok);
  EXPECT_EQ(found.detail, "login ok (TLSv1.3)");
}

}  // namespace
}  // namespace slewd::remedy
