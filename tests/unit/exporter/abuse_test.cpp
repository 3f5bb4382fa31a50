// SPDX-License-Identifier: Apache-2.0
// The table of docs/security.md, row by row, against the running server.
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "base/limits.hpp"

#include "tests/unit/exporter/server_fixture.hpp"

namespace slewd::exporter {
namespace {

using namespace std::chrono_literals;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsMeasurable = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kMemoryIsMeasurable = false;
#else
constexpr bool kMemoryIsMeasurable = true;
#endif
#else
constexpr bool kMemoryIsMeasurable = true;
#endif

long resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  long total = 0;
  long resident = 0;
  statm >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

class Abuse : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    publish();
    static_cast<void>(fetch("/metrics"));
    before_ = resident_bytes();
  }
  void TearDown() override {
    // Whatever was sent: the server still answers, and keeps nothing of it.
    EXPECT_EQ(fetch("/-/ready").status, 200);
    constexpr long kAllowed = 4L << 20;
    if (kMemoryIsMeasurable) {
      EXPECT_LT(resident_bytes() - before_, kAllowed);
    }
  }
  // Sends `piece` up to `total` bytes or until the server has had enough; then its answer.
  RawResponse flood(const std::string& start, const std::string& piece, std::size_t total) {
    RawClient client = tcp();
    client.send(start);
    for (std::size_t sent = 0; sent < total && client.send(piece); sent += piece.size()) {
    }
    return client.receive();
  }

 private:
  long before_ = 0;
};

std::string repeated(const std::string& text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

const std::string kStart = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n";

TEST_F(Abuse, TwentyMegabytesOfHeaderLinesAreRefused) {
  const RawResponse answer = flood(kStart, repeated("X-Filler: abcdefghij\r\n", 2000), 20U << 20);
  // The peer may see a reset instead of the answer when it goes on sending for megabytes.
  EXPECT_THAT(answer.status, testing::AnyOf(431, 0));
}

TEST_F(Abuse, AnEndlessHeaderLineIsRefused) {
  const RawResponse answer = flood(kStart + "X: ", std::string(65536, 'a'), 40U << 20);
  EXPECT_THAT(answer.status, testing::AnyOf(431, 0));
}

TEST_F(Abuse, AHeadJustOverTheLimitIsToldWhy) {
  RawClient client = tcp();
  client.send(kStart + "X: " + std::string(limits::kHttpHeadBytes, 'a'));
  EXPECT_EQ(client.receive().status, 431);
  EXPECT_TRUE(client.closed());
}

TEST_F(Abuse, AnEndlessChunkedPostIsRefused) {
  const RawResponse answer =
      flood("POST /api/v1/pause HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
            "10000\r\n" + std::string(65536, 'b') + "\r\n", 100U << 20);
  EXPECT_THAT(answer.status, testing::AnyOf(501, 0));
}

TEST_F(Abuse, ANegativeChunkSizeIsRefused) {
  RawClient client = tcp();
  client.send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nabc");
  EXPECT_EQ(client.receive().status, 501);
  EXPECT_TRUE(client.closed());
}

TEST_F(Abuse, OverlappingRangesGetThePageOnce) {
  std::string ranges = "Range: bytes=0-";
  for (int i = 0; i < 300; ++i) ranges += ",0-";
  const RawResponse answer = fetch("/metrics", ranges + "\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_LT(answer.body.size(), 100000U);
}

TEST_F(Abuse, AHeaderCannotPoseAsThePeerAndIsNotReflected) {
  const RawResponse answer =
      fetch("/nope%0d%0aX-Evil:1", "REMOTE_ADDR: 10.0.0.1\r\nX-Forwarded-For: 10.0.0.1\r\n");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ((answer.head + answer.body).find("10.0.0.1"), std::string::npos);
  EXPECT_EQ((answer.head + answer.body).find("Evil"), std::string::npos);
}

TEST_F(Abuse, TheBodyOfAGetIsNoSecondRequest) {
  const std::string hidden = get("/-/ready");
  RawClient client = tcp();
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
              std::to_string(hidden.size()) + "\r\n\r\n" + hidden);
  const std::string all = client.receive_all();
  EXPECT_TRUE(all.starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(all.find("HTTP/1.1", 8), std::string::npos) << "one answer, then the end";
}

TEST_F(Abuse, TwoLengthsAreRefused) {
  RawClient client = tcp();
  client.send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.receive().status, 400);
  EXPECT_TRUE(client.closed());
}

TEST_F(Abuse, ALargeBodyIsRefusedBeforeItComes) {
  RawClient client = tcp();
  client.send(
      "POST /api/v1/pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n");
  EXPECT_EQ(client.receive().status, 413);
  EXPECT_TRUE(client.closed());
}

TEST_F(Abuse, SlowDripClientsDoNotDelayAScrape) {
  std::vector<RawClient> drips;
  for (std::size_t i = 0; i < 2 * limits::kHttpNewcomers; ++i) {
    drips.push_back(tcp());
    drips.back().send("GET /metrics HTT");
  }
  for (int round = 0; round < 5; ++round) {
    for (RawClient& drip : drips) drip.send("P");
    EXPECT_EQ(fetch("/metrics").status, 200);
  }
}

TEST_F(Abuse, MoreHalfRequestsThanPlacesPushOutTheOldest) {
  std::vector<RawClient> half;
  for (std::size_t i = 0; i < limits::kHttpNewcomers + 2; ++i) {
    half.push_back(tcp());
    half.back().send("G");
    if (i == 0) wake();  // it is accepted before all others
  }
  EXPECT_EQ(fetch("/metrics").status, 200);
  EXPECT_TRUE(half.front().closed());
}

TEST_F(Abuse, MoreIdleConnectionsThanPlacesPushOutTheOldest) {
  std::vector<RawClient> idle;
  for (std::size_t i = 0; i < limits::kHttpClients + 1; ++i) {
    idle.push_back(tcp());
    idle.back().send(get("/-/ready"));
    EXPECT_EQ(idle.back().receive().status, 200);
  }
  EXPECT_EQ(fetch("/metrics").status, 200);
  EXPECT_TRUE(idle.front().closed());
}

TEST_F(Abuse, ReadersThatDoNotReadLockOutNeitherPrometheusNorTheOperator) {
  std::string pipeline;
  for (int i = 0; i < 80; ++i) pipeline += get("/metrics");
  std::vector<RawClient> lazy;
  for (std::size_t i = 0; i < limits::kHttpClients + 26; ++i) {
    lazy.push_back(tcp());
    lazy.back().send(pipeline);
    if (i % 10 == 0) {
      EXPECT_EQ(fetch("/metrics").status, 200);
      EXPECT_EQ(post(local(), "pause").status, 200);
    }
  }
}

// On the unix socket, where the kernel says what the peer has read.
TEST_F(Abuse, WhoNeverTakesAllHasOneDeadlineForAllItsRequests) {
  RawClient lazy = local();
  lazy.send(get("/-/ready"));
  const std::size_t answer = lazy.wait_for_unread(1);
  clock_.advance(6s);
  lazy.send(get("/-/ready"));
  lazy.wait_for_unread(2 * answer);
  clock_.advance(6s);
  wake();
  EXPECT_EQ(lazy.receive().status, 200);
  EXPECT_EQ(lazy.receive().status, 200);
  EXPECT_TRUE(lazy.closed());
}

TEST_F(Abuse, WhoHasSentAllAndClosedItsHalfStillGetsItsAnswer) {
  RawClient client = tcp();
  client.send(get("/metrics") + get("/-/ready"));
  client.send_no_more();
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_EQ(client.receive().body, "ready\n");
  EXPECT_TRUE(client.closed());
}

TEST_F(Abuse, TcpClientsCannotPushOutTheUnixSocket) {
  RawClient operator_session = local();
  operator_session.send(get("/-/ready"));
  EXPECT_EQ(operator_session.receive().status, 200);
  std::vector<RawClient> flood;
  for (std::size_t i = 0; i < 2 * limits::kHttpNewcomers; ++i) {
    flood.push_back(tcp());
    flood.back().send(i % 2 == 0 ? "G" : get("/-/ready"));
  }
  EXPECT_EQ(fetch("/-/ready").status, 200);
  operator_session.send(get("/-/ready"));
  EXPECT_EQ(operator_session.receive().status, 200);
}

TEST_F(Abuse, AHalfRequestIsEndedAtItsDeadline) {
  RawClient half = tcp();
  half.send("GET /metrics HTTP/1.1\r\n");
  wake();
  clock_.advance(11s);
  wake();
  EXPECT_EQ(half.receive().status, 408);
  clock_.advance(2s);
  wake();
  EXPECT_TRUE(half.closed());
}

TEST_F(Abuse, DrippingDoesNotMoveTheDeadline) {
  RawClient drip = tcp();
  drip.send("GET /metrics");
  wake();
  clock_.advance(6s);
  drip.send("?");
  wake();
  clock_.advance(6s);
  wake();
  EXPECT_EQ(drip.receive().status, 408);
}

TEST_F(Abuse, AnIdleConnectionIsClosedAtItsDeadlineWithoutAWord) {
  RawClient idle = tcp();
  idle.send(get("/-/ready"));
  EXPECT_EQ(idle.receive().status, 200);
  clock_.advance(74s);
  wake();
  idle.send(get("/-/ready"));
  EXPECT_EQ(idle.receive().status, 200) << "still open within the deadline";
  clock_.advance(76s);
  wake();
  EXPECT_EQ(idle.receive_all(), "");
}

TEST_F(Abuse, AThousandConnectionsLeaveNoDescriptorBehind) {
  const auto descriptors = [] {
    std::size_t count = 0;
    for (int fd = 0; fd < 1024; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1U : 0U;
    return count;
  };
  const std::size_t at_start = descriptors();
  for (int i = 0; i < 1000; ++i) {
    RawClient client = tcp();
    client.send(get("/metrics", "Connection: close\r\n"));
    ASSERT_TRUE(client.receive_all().starts_with("HTTP/1.1 200 "));
  }
  wake();
  // One or two connections may still be on their way out.
  EXPECT_LE(descriptors(), at_start + 3);
}

}  // namespace
}  // namespace slewd::exporter
