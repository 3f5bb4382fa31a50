// SPDX-License-Identifier: Apache-2.0
#include "exporter/http_server.hpp"

#include <gmock/gmock.h>
#include <httplib.h>
#include <sys/stat.h>

#include "tests/unit/exporter/server_fixture.hpp"

namespace slewd::exporter {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class HttpServerTest : public ServerTest {};

TEST_F(HttpServerTest, ServesMetricsInTheFormatThatIsAsked) {
  publish();
  const RawResponse text = fetch("/metrics");
  EXPECT_EQ(text.status, 200);
  EXPECT_THAT(text.head, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(text.body, HasSubstr("slewd_clock_offset_seconds 0.00083\n"));
  const RawResponse open = fetch("/metrics", "Accept: application/openmetrics-text\r\n");
  EXPECT_THAT(open.head, HasSubstr("Content-Type: application/openmetrics-text; version=1.0.0"));
  EXPECT_THAT(open.body, testing::EndsWith("# EOF\n"));
}

TEST_F(HttpServerTest, IsReadyWithTheFirstSnapshotAndHealthyBefore) {
  EXPECT_EQ(fetch("/-/healthy").status, 200);
  EXPECT_EQ(fetch("/-/ready").status, 503);
  EXPECT_EQ(fetch("/api/v1/status").status, 503);
  EXPECT_EQ(fetch("/api/v1/rules").status, 503);
  publish();
  EXPECT_EQ(fetch("/-/ready").status, 200);
  EXPECT_EQ(fetch("/api/v1/status").status, 200);
}

TEST_F(HttpServerTest, IsUnhealthyWhenTheCoreIsStuck) {
  publish();
  clock_.advance(60s);
  EXPECT_EQ(fetch("/-/healthy").status, 200);
  clock_.advance(1s);
  const RawResponse stuck = fetch("/-/healthy");
  EXPECT_EQ(stuck.status, 503);
  EXPECT_THAT(stuck.body, HasSubstr("no snapshot for 61.0 s"));
  EXPECT_EQ(fetch("/-/ready").status, 200);
}

TEST_F(HttpServerTest, AnswersUnknownPathsAndMethodsClearly) {
  EXPECT_EQ(fetch("/nope").status, 404);
  EXPECT_EQ(fetch("/metrics/../etc/passwd").status, 404);
  RawClient client = tcp();
  client.send("DELETE /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const RawResponse refused = client.receive();
  EXPECT_EQ(refused.status, 405);
  EXPECT_THAT(refused.head, HasSubstr("Allow: GET, HEAD\r\n"));
  const RawResponse get_command = fetch("/api/v1/pause");
  EXPECT_EQ(get_command.status, 405);
  EXPECT_THAT(get_command.head, HasSubstr("Allow: POST\r\n"));
}

TEST_F(HttpServerTest, AnswersHeadWithoutABody) {
  publish();
  RawClient client = tcp();
  client.send("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const RawResponse head = client.receive(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_THAT(head.head, Not(HasSubstr("Content-Length: 0\r\n")));
  client.send(get("/-/ready"));
  EXPECT_EQ(client.receive().body, "ready\n") << "the connection goes on without a stray body";
}

TEST_F(HttpServerTest, RefusesAQuestionAboutJumpsThatItDoesNotKnow) {
  publish();
  EXPECT_EQ(fetch("/api/v1/jumps").status, 200);
  EXPECT_EQ(fetch("/api/v1/jumps?since_id=41").status, 200);
  const RawResponse refused = fetch("/api/v1/jumps?since=1h");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr(R"("code":"invalid")"));
}

TEST_F(HttpServerTest, ServesThePageAndLetsTheBrowserKeepIt) {
  const RawResponse page = fetch("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.head, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(page.head, HasSubstr("Content-Security-Policy: default-src 'none'; "));
  EXPECT_THAT(page.head, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(page.body, testing::StartsWith("<!doctype html>"));
  EXPECT_THAT(page.body, Not(HasSubstr("http://"))) << "the page loads nothing from elsewhere";
  const std::size_t at = page.head.find("ETag: ") + 6;
  const std::string etag = page.head.substr(at, page.head.find("\r\n", at) - at);
  RawClient client = tcp();
  client.send(get("/", "If-None-Match: " + etag + "\r\n"));
  EXPECT_EQ(client.receive(true).status, 304);
  for (const char* path : {"/app.js", "/plot.js", "/format.js", "/style.css", "/icon.svg"}) {
    EXPECT_EQ(fetch(path).status, 200) << path;
  }
}

TEST_F(HttpServerTest, KeepsAConnectionAndAnswersPipelinedRequestsInOrder) {
  publish();
  RawClient client = tcp();
  client.send(get("/-/healthy") + get("/-/ready") + get("/nope"));
  EXPECT_EQ(client.receive().body, "healthy\n");
  EXPECT_EQ(client.receive().body, "ready\n");
  EXPECT_EQ(client.receive().status, 404);
  client.send("GET /-/ready HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.receive().head, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, TalksToTheHttplibClientOverBothDoors) {
  publish();
  httplib::Client over_tcp("127.0.0.1", server_->port());
  over_tcp.set_keep_alive(true);
  for (int i = 0; i < 3; ++i) {
    const auto answer = over_tcp.Get("/api/v1/status");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
  }
  httplib::Client over_unix(socket_path_);
  over_unix.set_address_family(AF_UNIX);
  const auto paused =
      over_unix.Post("/api/v1/pause", R"({"reason": "maintenance"})", "application/json");
  ASSERT_TRUE(paused);
  EXPECT_EQ(paused->status, 200);
  EXPECT_THAT(control_.calls(), ElementsAre("pause maintenance"));
}

TEST_F(HttpServerTest, TakesCommandsOnTheUnixSocketOnly) {
  EXPECT_EQ(post(tcp(), "burst").status, 403);
  EXPECT_THAT(control_.calls(), testing::IsEmpty());
  EXPECT_EQ(post(local(), "burst").body, "{\"schema\":1,\"done\":\"burst\"}\n");
  EXPECT_EQ(post(local(), "resume").status, 200);
  EXPECT_EQ(post(local(), "reload").status, 200);
  EXPECT_EQ(post(local(), "pause").status, 200);
  EXPECT_THAT(control_.calls(), ElementsAre("burst", "resume", "reload", "pause "));
}

TEST_F(HttpServerTest, ACommandThatIsDoneSaysWhatIsMissing) {
  control_.pause_warning = "not written: disk full";
  EXPECT_EQ(post(local(), "pause").body,
            "{\"schema\":1,\"done\":\"pause\",\"warning\":\"not written: disk full\"}\n");
}

TEST_F(HttpServerTest, RefusesBadCommandBodiesWithTheirFault) {
  const std::string too_long(limits::kPauseReasonBytes + 1, 'x');
  EXPECT_EQ(post(local(), "pause", R"({"reason": ")" + too_long + "\"}").status, 400);

  const RawResponse unknown = post(local(), "pause", R"({"raeson": "x"})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_THAT(unknown.body, HasSubstr("did you mean 'reason'"));
  EXPECT_EQ(post(local(), "pause", "{").status, 400);
  EXPECT_EQ(post(local(), "burst", R"({"reason": "x"})").status, 400);
  EXPECT_THAT(control_.calls(), testing::IsEmpty());
}

TEST_F(HttpServerTest, PassesOnWhyACommandWasRefused) {
  control_.refuse_with(Error(ErrorCode::invalid, "slewd.json:3: poll: no unit"));
  const RawResponse refused = post(local(), "reload");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("slewd.json:3: poll: no unit"));
  control_.refuse_with(Error(ErrorCode::timeout, "the core did not answer"));
  EXPECT_EQ(post(local(), "burst").status, 503);
}

TEST_F(HttpServerTest, AsksForAPlannedStepAndShowsOneUnlessToldOtherwise) {
  EXPECT_EQ(post(tcp(), "step").status, 403);
  const RawResponse shown = post(local(), "step");
  EXPECT_EQ(shown.status, 200);
  EXPECT_THAT(shown.body, HasSubstr(R"("size_seconds":-60)"));
  EXPECT_THAT(shown.body, HasSubstr(R"("before":["stop dovecot"])"));
  EXPECT_EQ(post(local(), "step", R"({"dry": false})").status, 400) << "without a reason";
  const RawResponse made = post(local(), "step", R"({"dry": false, "reason": "maintenance"})");
  EXPECT_EQ(made.status, 200);
  EXPECT_THAT(made.body, HasSubstr(R"("id":41)"));
  EXPECT_THAT(control_.calls(), ElementsAre("step  dry", "step maintenance"));
}

TEST_F(HttpServerTest, KeepsForeignWebPagesOutOnLoopback) {
  const auto with_host = [&](const std::string& host) {
    RawClient client = tcp();
    client.send("GET /-/healthy HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return client.receive().status;
  };
  EXPECT_EQ(with_host("evil.example"), 421);
  EXPECT_EQ(with_host("evil.example:10123"), 421);
  EXPECT_EQ(with_host("localhost.evil.example"), 421);
  EXPECT_EQ(with_host("127.0.0.1:10123"), 200);
  EXPECT_EQ(with_host("[::1]:10123"), 200);
  EXPECT_EQ(with_host("LocalHost"), 200);
  for (const char* forged : {"[::1].evil.example", "localhost:80.evil.example", "[::1", "[::1]x",
                             "localhost:1:2", "127.0.0.1.evil.example"})
    EXPECT_EQ(with_host(forged), 421) << forged;
}

TEST_F(HttpServerTest, ShowsWhatProgramsPrintedToThoseWhoMayCommandOnly) {
  auto status = std::make_shared<rules::Status>(sample_status(clock_.now()));
  status->recent.front().detail = "exit status 0: printed: secret";
  status->probes.front().kind = "exec";
  status->probes.front().detail = "exit status 1: printed: secret";
  statuses_.publish(status);
  for (const char* path : {"/api/v1/actions", "/api/v1/rules"}) {
    RawClient trusted = local();
    trusted.send(get(path));
    const std::string shown = trusted.receive().body;
    const std::string hidden = fetch(path).body;
    EXPECT_THAT(shown, HasSubstr("printed: secret")) << path;
    EXPECT_THAT(hidden, Not(HasSubstr("secret"))) << path;
  }
}

TEST_F(HttpServerTest, CountsACommandThatCannotBeDoneHereAsWhatItIs) {
  control_.refuse_with(Error(ErrorCode::unsupported, "no configuration file"));
  EXPECT_EQ(post(local(), "reload").status, 501);
  EXPECT_THAT(fetch("/metrics").body,
              HasSubstr("slewd_http_requests_total{handler=\"control\",code=\"501\"} 1\n"));
}

TEST_F(HttpServerTest, CountsWhatItAnswersAndRefuses) {
  static_cast<void>(fetch("/nope"));
  RawClient bad = tcp();
  bad.send("nonsense\r\n\r\n");
  EXPECT_EQ(bad.receive().status, 400);
  const std::string page = fetch("/metrics").body;
  EXPECT_THAT(page, HasSubstr("slewd_http_requests_total{handler=\"other\",code=\"404\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("slewd_http_rejected_total{reason=\"malformed\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("slewd_http_request_duration_seconds_count 1\n"));
}

TEST_F(HttpServerTest, RefusesAPortThatIsTaken) {
  HttpOptions options;
  options.tcp[0].port = server_->port();
  const auto second = HttpServer::start(
      std::move(options),
      {.snapshots = snapshots_, .statuses = statuses_, .clock = clock_, .build = {}});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().describe(), HasSubstr("http: 127.0.0.1:"));
}

TEST_F(HttpServerTest, RemovesItsSocketFileWhenItEnds) {
  struct stat info {};
  EXPECT_EQ(::stat(socket_path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0666U);
  server_.reset();
  EXPECT_NE(::stat(socket_path_.c_str(), &info), 0);
}

}  // namespace
}  // namespace slewd::exporter
