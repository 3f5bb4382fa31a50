// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

#include "agent/remedy/web/threaded_http_client.hpp"
#include "base/url.hpp"

#include "tests/unit/dead_port.hpp"
#include "tests/unit/remedy/web/loopback_server.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

class HttpClientTest : public testing::Test {
 protected:
  // Answers `text` when a request's head has ended.
  void serve(const std::string& text) {
    server.answer = [text](std::string_view line) { return line.empty() ? text : std::string(); };
  }
  HttpRequest request(int port) const {
    HttpRequest request;
    request.url = "http://127.0.0.1:" + std::to_string(port) + "/path?query";
    request.timeout = 10s;
    return request;
  }
  void begin(HttpRequest request) {
    client->begin(std::move(request), [this](Result<HttpResponse> answer) {
      ++reports;
      last = std::move(answer);
    });
  }
  bool reported() {
    return reactor.run_until([this] { return last.has_value(); });
  }

  TestReactor reactor;
  LoopbackServer server{reactor};
  std::unique_ptr<ThreadedHttpClient> client = std::make_unique<ThreadedHttpClient>(reactor);
  int reports = 0;
  std::optional<Result<HttpResponse>> last;
};

TEST_F(HttpClientTest, BringsTheAnswer) {
  serve("HTTP/1.1 409 Conflict\r\nDate: now\r\nContent-Length: 5\r\n\r\nhello");
  HttpRequest put = request(server.port());
  put.method = "PUT";
  put.headers = {{"Authorization", "Bearer x"}};
  begin(std::move(put));
  EXPECT_EQ(reports, 0);
  ASSERT_TRUE(reported());
  ASSERT_TRUE(*last) << last->error().describe();
  EXPECT_EQ((*last)->status, 409);
  EXPECT_EQ((*last)->body, "hello");
  EXPECT_EQ((*last)->headers.at("date"), "now");
  EXPECT_EQ(server.lines.front(), "PUT /path?query HTTP/1.1");
  EXPECT_NE(std::ranges::find(server.lines, "Authorization: Bearer x"), server.lines.end());
}

TEST_F(HttpClientTest, APeerThatNeverAnswersCostsTheDeadlineAndNoMore) {
  begin(request(server.port()));
  ASSERT_TRUE(reactor.run_until([&] { return !server.lines.empty(); }));
  reactor.advance(9s);
  EXPECT_EQ(reports, 0);
  reactor.advance(1s);
  ASSERT_EQ(reports, 1);
  EXPECT_EQ(last->error().code(), ErrorCode::timeout);
  // The worker is free again: the connection was cut, not left to its own timeout.
  last.reset();
  serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  begin(request(server.port()));
  EXPECT_TRUE(reported());
  EXPECT_EQ(reports, 2);
}

TEST_F(HttpClientTest, APeerThatDripsIsHeldToTheSameDeadline) {
  server.answer = [](std::string_view line) {
    return line.empty() ? std::string("HTTP/1.1 200 OK\r\nX-Slow: ") : std::string();
  };
  begin(request(server.port()));
  ASSERT_TRUE(
      reactor.run_until([&] { return !server.lines.empty() && server.lines.back().empty(); }));
  reactor.advance(10s);
  ASSERT_EQ(reports, 1);
  EXPECT_EQ(last->error().code(), ErrorCode::timeout);
}

TEST_F(HttpClientTest, AHugeAnswerIsRefused) {
  serve("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100000, 'x'));
  begin(request(server.port()));
  ASSERT_TRUE(reported());
  EXPECT_EQ(last->error().code(), ErrorCode::limit);
}

TEST_F(HttpClientTest, APeerThatClosesOrRefusesIsUnavailable) {
  server.close_after_greeting = true;
  begin(request(server.port()));
  ASSERT_TRUE(reported());
  EXPECT_EQ(last->error().code(), ErrorCode::unavailable);
  last.reset();
  const DeadPort dead;
  begin(request(dead.port()));
  ASSERT_TRUE(reported());
  EXPECT_EQ(last->error().code(), ErrorCode::unavailable);
}

TEST_F(HttpClientTest, APeerThatHangsHoldsUpNobodyElse) {
  LoopbackServer hangs(reactor);
  for (int i = 0; i < 4; ++i)
    client->begin(request(hangs.port()), [](const Result<HttpResponse>&) {});
  serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  begin(request(server.port()));
  ASSERT_TRUE(reported());
  EXPECT_TRUE(*last);
  EXPECT_LE(hangs.connections, 1);
}

TEST_F(HttpClientTest, DoesNotWaitForAHangingPeerWhenItEnds) {
  begin(request(server.port()));
  ASSERT_TRUE(reactor.run_until([&] { return !server.lines.empty(); }));
  client.reset();  // the test's own time limit judges
  reactor.settle();
  EXPECT_EQ(reports, 0);
  EXPECT_EQ(reactor.timers(), 0U);
}

TEST_F(HttpClientTest, ACancelledRequestIsCutAndNotReported) {
  const auto report = [this](const Result<HttpResponse>&) { ++reports; };
  const auto runs = client->begin(request(server.port()), report);
  const auto waits = client->begin(request(server.port()), report);
  ASSERT_TRUE(reactor.run_until([&] { return !server.lines.empty(); }));
  client->cancel(waits);
  client->cancel(runs);
  client->cancel(runs);
  serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  begin(request(server.port()));
  ASSERT_TRUE(reported());
  EXPECT_TRUE(*last);
  reactor.advance(10s);
  EXPECT_EQ(reports, 1);
  EXPECT_EQ(server.connections, 2);
  EXPECT_EQ(reactor.timers(), 0U);
}

TEST_F(HttpClientTest, TheQueueIsBounded) {
  for (std::size_t i = 0; i < limits::kHttpCallQueue + 2; ++i) begin(request(server.port()));
  EXPECT_EQ(reports, 0);
  ASSERT_TRUE(reported());
  EXPECT_EQ(last->error().code(), ErrorCode::limit);
}

TEST_F(HttpClientTest, RefusesAHeaderThatWouldBecomeTwo) {
  HttpRequest forged = request(server.port());
  forged.headers = {{"X-A", "b\r\nX-Admin: yes"}};
  begin(std::move(forged));
  ASSERT_TRUE(reported());
  EXPECT_EQ(last->error().code(), ErrorCode::invalid);
  EXPECT_EQ(server.connections, 0);
}

TEST(UrlTest, TakesWhatAClientNeeds) {
  const auto url = parse_url("https://[fd00::1]:8443/a/b?c=d#e").value();
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.host, "fd00::1");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.target, "/a/b?c=d");
  EXPECT_EQ(url.origin(), "https://[fd00::1]:8443");
  EXPECT_EQ(parse_url("http://example.net")->port, 80);
  EXPECT_EQ(parse_url("https://example.net?a")->target, "/?a");
}

TEST(UrlTest, RefusesWhatIsNone) {
  for (const char* text : {"", "ftp://a/", "https://", "https:///x", "https://user:pw@a/",
                           "https://a:0/", "https://a:99999/", "https://a:/", "https://a b/",
                           "https://[::1/", "https://[::1]x/", "https://a\r\n/", "https://[g::1]/"})
    EXPECT_FALSE(parse_url(text)) << text;
}

}  // namespace
}  // namespace slewd::remedy
