// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/http_probe.hpp"

#include <algorithm>

#include "tests/unit/remedy/probes/probe_run.hpp"
#include "tests/unit/remedy/web/loopback_server.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::ProbeSpec;
using rules::ProbeState;
using Kind = Step::Kind;

HttpDialogue http_dialogue(std::string expect = "", int status = 200,
                           std::string_view url = "http://[::1]:8080/health?deep") {
  return {*parse_url(url), status, std::move(expect)};
}

TEST(HttpDialogue, AsksForThePage) {
  EXPECT_EQ(http_dialogue().connected().send,
            "GET /health?deep HTTP/1.1\r\nHost: [::1]:8080\r\nUser-Agent: slewd-probe\r\n"
            "Accept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n");
}

TEST(HttpDialogue, PassesOnTheStatusAloneWithoutWaitingForABody) {
  auto talk = http_dialogue();
  EXPECT_EQ(talk.missing(), "no HTTP reply");
  EXPECT_EQ(talk.received("HTTP/1.1 200 OK\r\nContent-Length: 9").kind, Kind::more);
  const Step end = talk.received("9\r\n\r\n");
  EXPECT_EQ(end.kind, Kind::passed);
  EXPECT_EQ(end.detail, "answered 'HTTP/1.1 200 OK'");
}

TEST(HttpDialogue, FailsOnAnotherStatus) {
  const Step end = http_dialogue().received("HTTP/1.1 503 Service Unavailable\r\n\r\n");
  EXPECT_EQ(end.kind, Kind::failed);
  EXPECT_EQ(end.detail, "answered 'HTTP/1.1 503 Service Unavailable', not with status 200");
  EXPECT_EQ(http_dialogue("", 503).received("HTTP/1.1 503 x\r\n\r\n").kind, Kind::passed);
}

TEST(HttpDialogue, FindsTheWordsWhereverThePiecesCutThem) {
  const std::string all =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "8\r\naaababaa\r\n4\r\nabab\r\n4\r\naabb\r\n0\r\n\r\n";
  for (std::size_t piece = 1; piece <= all.size(); ++piece) {
    auto talk = http_dialogue("baaababaab");
    Step step = talk.connected();
    std::string_view rest = all;
    while (!rest.empty() && step.kind == Kind::more) {
      step = talk.received(rest.substr(0, piece));
      rest.remove_prefix(std::min(piece, rest.size()));
    }
    EXPECT_EQ(step.kind, Kind::passed) << "pieces of " << piece << ": " << step.detail;
  }
}

TEST(HttpDialogue, FailsWhenTheWholeBodyHasNoSuchWords) {
  const Step end =
      http_dialogue("\"ok\"").received("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n\"bad\"\r\n");
  EXPECT_EQ(end.kind, Kind::failed);
  EXPECT_EQ(end.detail, "no '\"ok\"' in the body, which begins with '\"bad\"'");
}

TEST(HttpDialogue, FailsOnWhatIsNoHttp) {
  const Step end = http_dialogue().received("* OK IMAP ready\r\n");
  EXPECT_EQ(end.kind, Kind::failed);
  EXPECT_EQ(end.detail, "no valid HTTP reply: no HTTP/1 status line: '* OK IMAP ready'");
}

class HttpProbe : public ProbeRun {
 protected:
  ProbeSpec spec(const std::string& expect = "") const {
    ProbeSpec wanted;
    wanted.name = "cache.page";
    wanted.type = rules::ProbeType::http;
    wanted.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/health";
    wanted.expect = expect;
    return wanted;
  }
  // Answers a whole request.
  void serve(const std::string& reply) {
    server.answer = [reply](std::string_view line) { return line.empty() ? reply : ""; };
  }

  LoopbackServer server{reactor};
};

TEST_F(HttpProbe, PassesOnAGoodPage) {
  serve("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nall is well\n");
  const ProbeResult found = run(spec("is well"));
  EXPECT_EQ(found.state, ProbeState::ok);
  EXPECT_EQ(found.detail, "answered 'HTTP/1.1 200 OK' with 'is well' in the body");
  EXPECT_EQ(server.lines.at(0), "GET /health HTTP/1.1");
  EXPECT_EQ(server.lines.at(1), "Host: 127.0.0.1:" + std::to_string(server.port()));
}

TEST_F(HttpProbe, AHangAfterTheRequestFailsAtTheDeadline) {
  begin(spec());
  ASSERT_TRUE(reactor.run_until([&] { return server.lines.size() == 7; }));
  reactor.advance(3s);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->state, ProbeState::failed);
  EXPECT_EQ(result->detail, "no HTTP reply within 3s");
}

TEST_F(HttpProbe, ABodyWithoutEndIsCutOff) {
  server.answer = [](std::string_view line) {
    return line.empty() ? "HTTP/1.1 200 OK\r\n\r\n" + std::string(200000, 'x') : "";
  };
  const ProbeResult found = run(spec("well"));
  EXPECT_EQ(found.state, ProbeState::failed);
  EXPECT_EQ(found.detail, "reply longer than 131072 bytes: no 'well' in the body");
}

TEST_F(HttpProbe, AUrlThatIsNoneSaysNothingOfTheService) {
  ProbeSpec wanted = spec();
  wanted.url = "http://localhost/";
  EXPECT_EQ(run(wanted).state, ProbeState::unknown);
  wanted.url = "http://127.0.0.1:99999/";
  EXPECT_EQ(run(wanted).state, ProbeState::unknown);
  wanted.url = "https://127.0.0.1/";
  EXPECT_EQ(run(wanted).state, ProbeState::unknown);
  EXPECT_EQ(server.connections, 0);
}

}  // namespace
}  // namespace slewd::remedy
