// SPDX-License-Identifier: Apache-2.0
// Servers that send without end: what is received of them is bounded, whatever it is.
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "agent/remedy/web/threaded_http_client.hpp"

#include "tests/unit/remedy/web/loopback_server.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kLook = std::chrono::milliseconds(limits::kHttpCallLookMilliseconds);
constexpr std::size_t kMost = limits::kHttpCallAnswerBytes + limits::kHttpCallFramingBytes;
// Sent by the server, then all that may be received has been: the rest fits into two buffers.
constexpr std::size_t kEnough = kMost + (std::size_t{1} << 20);

std::string repeated(const std::string& text) {
  std::string all;
  while (all.size() < 16384) all += text;
  return all;
}

class HttpFloodTest : public testing::Test {
 protected:
  void begin() {
    HttpRequest request;
    request.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/";
    client.begin(std::move(request),
                 [this](Result<HttpResponse> answer) { last = std::move(answer); });
  }
  // `start` answers the request, `piece` follows without end.
  void flood(const std::string& start, const std::string& piece) {
    server.answer = [start](std::string_view line) { return line.empty() ? start : std::string(); };
    server.flood = repeated(piece);
    begin();
    ASSERT_TRUE(reactor.run_until([&] { return server.flooded > kEnough || last; }));
    reactor.advance(kLook);
    ASSERT_TRUE(reactor.run_until([&] { return last.has_value(); }));
    ASSERT_FALSE(*last);
    // Its memory is bounded from here on: nothing more is read.
    ASSERT_TRUE(reactor.run_until([&] { return server.flood_cut; }));
  }
  // The worker that was flooded is at work again.
  void expect_service() {
    if (HasFatalFailure()) return;
    server.flood.clear();
    server.answer = [](std::string_view line) {
      return std::string(line.empty() ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" : "");
    };
    last.reset();
    begin();
    ASSERT_TRUE(reactor.run_until([&] { return last.has_value(); }));
    EXPECT_TRUE(*last);
  }

  TestReactor reactor;
  LoopbackServer server{reactor};
  ThreadedHttpClient client{reactor};
  std::optional<Result<HttpResponse>> last;
};

TEST_F(HttpFloodTest, InterimAnswersWithoutEndAreCut) {
  flood("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(last->error().code(), ErrorCode::limit);
  EXPECT_NE(last->error().message().find("more than " + std::to_string(kMost) + " bytes"),
            std::string::npos)
      << last->error().message();
  expect_service();
}

// A later version of the library breaks these off by itself, with another error.
TEST_F(HttpFloodTest, HeaderFieldsWithoutEndAreCut) {
  flood("HTTP/1.1 200 OK\r\n", "a: b\r\n");
  expect_service();
}

TEST_F(HttpFloodTest, OneLineWithoutEndIsCut) {
  flood("HTTP/1.1 200 OK\r\nX-Long: ", "x");
  expect_service();
}

TEST_F(HttpFloodTest, ALengthOfAChunkWithoutEndIsCut) {
  flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0");
  expect_service();
}

TEST_F(HttpFloodTest, AServerThatDripsWithoutEndIsHeldToTheDeadline) {
  server.answer = [](std::string_view line) {
    return std::string(line.empty() ? "HTTP/1.1 200 OK\r\nX-Slow: " : "");
  };
  begin();
  ASSERT_TRUE(
      reactor.run_until([&] { return !server.lines.empty() && server.lines.back().empty(); }));
  for (int i = 0; i < 99; ++i) {
    reactor.advance(100ms);
    server.say("x");
  }
  EXPECT_FALSE(last);
  reactor.advance(100ms);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->error().code(), ErrorCode::timeout);
  server.say("x");
  expect_service();
}

TEST_F(HttpFloodTest, NothingIsLookedAtWhileNothingIsAsked) {
  expect_service();
  reactor.advance(kLook);
  EXPECT_EQ(reactor.timers(), 0U);
}

}  // namespace
}  // namespace slewd::remedy
