// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/framing.hpp"

#include <gmock/gmock.h>

#include "base/limits.hpp"

namespace slewd::exporter {
namespace {

const std::string kGet =
    "GET /metrics?a=b HTTP/1.1\r\nHost: localhost:1\r\nAccept: text/plain\r\n\r\n";

TEST(Framer, ReadsACompleteRequest) {
  Framer framer;
  ASSERT_EQ(framer.advance(kGet), Framer::State::complete);
  const Request& request = framer.request();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/metrics");
  EXPECT_EQ(request.query, "a=b");
  EXPECT_EQ(request.host, "localhost:1");
  EXPECT_EQ(request.accept, "text/plain");
  EXPECT_TRUE(request.keep_alive);
  EXPECT_EQ(framer.consumed(), kGet.size());
}

TEST(Framer, ReadsTheSameRequestHoweverItIsCut) {
  const std::string post = "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
  for (std::size_t cut = 0; cut < post.size(); ++cut) {
    Framer framer;
    ASSERT_EQ(framer.advance(post.substr(0, cut)), Framer::State::need_more) << cut;
    ASSERT_EQ(framer.advance(post), Framer::State::complete) << cut;
    EXPECT_EQ(framer.request().body, "hello");
  }
}

TEST(Framer, LeavesWhatFollowsToTheNextRequest) {
  Framer framer;
  ASSERT_EQ(framer.advance(kGet + kGet), Framer::State::complete);
  EXPECT_EQ(framer.consumed(), kGet.size());
  framer.reset();
  EXPECT_EQ(framer.advance(kGet), Framer::State::complete);
}

TEST(Framer, JoinsAcceptFields) {
  Framer framer;
  ASSERT_EQ(framer.advance("GET / HTTP/1.1\r\nHost: h\r\nAccept: a\r\nACCEPT:\t b \r\n\r\n"),
            Framer::State::complete);
  EXPECT_EQ(framer.request().accept, "a,b");
}

TEST(Framer, KnowsWhenTheConnectionShallStay) {
  const auto keeps = [](const std::string& text) {
    Framer framer;
    EXPECT_EQ(framer.advance(text), Framer::State::complete);
    return framer.request().keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: foo, close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

struct BadRequest {
  const char* name;
  std::string text;
  int status;
};

class Refusals : public testing::TestWithParam<BadRequest> {};

TEST_P(Refusals, AreMadeAtOnce) {
  Framer framer;
  ASSERT_EQ(framer.advance(GetParam().text), Framer::State::refused);
  EXPECT_EQ(framer.refused().status, GetParam().status) << framer.refused().message;
}

std::string with(const std::string& field) {
  return "GET / HTTP/1.1\r\nHost: h\r\n" + field + "\r\n\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    Framing, Refusals,
    testing::Values(
        BadRequest{"NoVersion", "GET /\r\n\r\n", 400},
        BadRequest{"TwoSpacesOnly", "GET  HTTP/1.1\r\n\r\n", 400},
        BadRequest{"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadRequest{"ControlInTarget", "GET /a\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadRequest{"AbsoluteForm", "GET http://x/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadRequest{"Asterisk", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadRequest{"OddMethod", "G@T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadRequest{"LongMethod", std::string(17, 'A') + " / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadRequest{"Http2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
        BadRequest{"NotHttp", "GET / FTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadRequest{"TlsHello", "\x16\x03\x01\x02\x01\n", 400},
        BadRequest{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
        BadRequest{"TwoHosts", with("Host: other"), 400},
        BadRequest{"BareNewlines", "GET / HTTP/1.1\nHost: h\n\n", 400},
        BadRequest{"BareNewlineInValue", with("X: a\nY: b"), 400},
        BadRequest{"BareReturnInValue", with("X: a\rY: b"), 400},
        BadRequest{"NulInValue", with(std::string("X: a\0b", 6)), 400},
        BadRequest{"SpaceBeforeColon", with("X : a"), 400},
        BadRequest{"Continuation", with("X: a\r\n b"), 400},
        BadRequest{"NoColon", with("novalue"), 400}, BadRequest{"EmptyName", with(": a"), 400},
        BadRequest{"BodyInGet", with("Content-Length: 5"), 400},
        BadRequest{"TwoLengths", with("Content-Length: 0\r\nContent-Length: 0"), 400},
        BadRequest{"NegativeLength", with("Content-Length: -2"), 400},
        BadRequest{"PlusLength", with("Content-Length: +2"), 400},
        BadRequest{"HexLength", with("Content-Length: 0x10"), 400},
        BadRequest{"ListOfLengths", with("Content-Length: 1, 1"), 400},
        BadRequest{"EmptyLength", with("Content-Length:"), 400},
        BadRequest{"HugeLength", with("Content-Length: 99999999999999999999999999"), 413},
        BadRequest{"LongBody", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n", 413},
        BadRequest{"Chunked", with("Transfer-Encoding: chunked"), 501},
        BadRequest{"ChunkedAndLength", with("Content-Length: 3\r\nTransfer-Encoding: chunked"),
                   501},
        BadRequest{"SpacedTransferEncoding", with("Transfer-Encoding: \tchunked"), 501},
        BadRequest{"Expect", with("Expect: 100-continue"), 417},
        BadRequest{"LongHead", "GET / HTTP/1.1\r\nX: " + std::string(limits::kHttpHeadBytes, 'a'),
                   431},
        BadRequest{"LongHeadComplete", with("X: " + std::string(limits::kHttpHeadBytes, 'a')),
                   431}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Framer, CountsHeaderFields) {
  std::string head = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (std::size_t i = 1; i < limits::kHttpHeaderFields; ++i) head += "X: y\r\n";
  Framer full;
  EXPECT_EQ(full.advance(head + "\r\n"), Framer::State::complete);
  Framer over;
  ASSERT_EQ(over.advance(head + "X: y\r\n\r\n"), Framer::State::refused);
  EXPECT_EQ(over.refused().status, 431);
}

TEST(Framer, TakesTheLongestBody) {
  constexpr std::size_t kMost = limits::kHttpBodyBytes;
  const std::string head =
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kMost) + "\r\n\r\n";
  Framer framer;
  EXPECT_EQ(framer.advance(head + std::string(kMost - 1, 'x')), Framer::State::need_more);
  EXPECT_EQ(framer.advance(head + std::string(kMost, 'x')), Framer::State::complete);
}

}  // namespace
}  // namespace slewd::exporter
