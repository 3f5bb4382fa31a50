// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/http_reply.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace slewd::remedy {
namespace {

using Stage = HttpReply::Stage;

HttpReply reply_of(std::string_view bytes) {
  HttpReply reply;
  reply.feed(bytes);
  return reply;
}

std::string problem_of(std::string_view bytes) {
  const HttpReply reply = reply_of(bytes);
  return reply.stage() == Stage::broken ? reply.problem() : "taken";
}

TEST(HttpReply, ReadsStatusAndABodyByLength) {
  HttpReply reply = reply_of("HTTP/1.1 200 OK\r\nServer: x\r\ncontent-LENGTH: 5\r\n\r\nhello+more");
  EXPECT_EQ(reply.stage(), Stage::complete);
  EXPECT_EQ(reply.status(), 200);
  EXPECT_EQ(reply.status_line(), "HTTP/1.1 200 OK");
  EXPECT_EQ(reply.take_body(), "hello");
}

TEST(HttpReply, ReadsABodyThatEndsWithTheConnection) {
  HttpReply reply = reply_of("HTTP/1.0 404\n\nno ");
  reply.feed("such page");
  EXPECT_EQ(reply.stage(), Stage::body);
  EXPECT_EQ(reply.status(), 404);
  EXPECT_EQ(reply.take_body(), "no such page");
}

TEST(HttpReply, ReadsChunksWithExtensionsAndATrailer) {
  HttpReply reply = reply_of(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 3\r\n\r\n"
      "5\r\nhello\r\nA;why=not\r\n, all well\r\n0\r\nX-End: y\r\n\r\n");
  EXPECT_EQ(reply.stage(), Stage::complete);
  EXPECT_EQ(reply.take_body(), "hello, all well");
}

TEST(HttpReply, GivesTheSameWhateverThePieces) {
  const std::string all =
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"
      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n";
  HttpReply reply;
  std::string body;
  for (const char byte : all) {
    EXPECT_NE(reply.stage(), Stage::complete);
    reply.feed({&byte, 1});
    body += reply.take_body();
  }
  EXPECT_EQ(reply.stage(), Stage::complete);
  EXPECT_EQ(reply.status(), 200);
  EXPECT_EQ(body, "abcdefg");
}

TEST(HttpReply, KnowsThatSomeRepliesHaveNoBody) {
  EXPECT_EQ(reply_of("HTTP/1.1 204 No Content\r\n\r\n").stage(), Stage::complete);
  EXPECT_EQ(reply_of("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").stage(), Stage::complete);
  EXPECT_EQ(reply_of("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n").stage(), Stage::body);
}

TEST(HttpReply, HasNoHeadBeforeItsEnd) {
  EXPECT_EQ(reply_of("HTTP/1.1 200 OK\r\nServer: x\r\n").stage(), Stage::head);
  EXPECT_FALSE(reply_of("HTTP/1.1 200 OK\r\nServer: x\r\n").has_head());
  EXPECT_FALSE(reply_of("HTTP/1.1 100 Continue\r\n\r\n").has_head());
}

TEST(HttpReply, SaysWhatIsNoHttp) {
  EXPECT_EQ(problem_of("220 mail ready\r\n"), "no HTTP/1 status line: '220 mail ready'");
  EXPECT_EQ(problem_of("HTTP/2 200 OK\r\n"), "no HTTP/1 status line: 'HTTP/2 200 OK'");
  EXPECT_EQ(problem_of("HTTP/1.1 +20 OK\r\n"), "no HTTP/1 status line: 'HTTP/1.1 +20 OK'");
  EXPECT_EQ(problem_of("HTTP/1.1 2000 OK\r\n"), "no HTTP/1 status line: 'HTTP/1.1 2000 OK'");
  EXPECT_EQ(problem_of("HTTP/1.1 099 x\r\n"), "no HTTP/1 status line: 'HTTP/1.1 099 x'");
  EXPECT_EQ(problem_of("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), "no length: '-1'");
  EXPECT_EQ(problem_of("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
            "two lengths of one body");
  EXPECT_EQ(problem_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"),
            "an unexpected transfer coding: 'gzip'");
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(problem_of(chunked + "x\r\n"), "no chunk size: 'x'");
  EXPECT_EQ(problem_of(chunked + "1\r\nab\r\n"), "a chunk is longer than its size");
  EXPECT_EQ(problem_of(chunked + "fffffffffffffffff\r\n"), "no chunk size: 'fffffffffffffffff'");
}

TEST(HttpReply, BoundsALineAndKeepsNothingAfterThat) {
  HttpReply reply;
  reply.feed("HTTP/1.1 200 OK\r\nX: " + std::string(limits::kProbeHttpLineBytes, 'x'));
  EXPECT_EQ(reply.stage(), Stage::broken);
  EXPECT_EQ(reply.problem(), "a line is longer than 16384 bytes");
  reply.feed("\r\n\r\nbody");
  EXPECT_EQ(reply.take_body(), "");
}

}  // namespace
}  // namespace slewd::remedy
