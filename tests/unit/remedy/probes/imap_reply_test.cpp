// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/imap_reply.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace slewd::remedy {
namespace {

std::vector<ImapReply> read(std::string_view bytes, std::size_t piece) {
  ImapReplies replies;
  std::vector<ImapReply> found;
  while (!bytes.empty()) {
    replies.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (auto reply = replies.next()) found.push_back(*reply);
  }
  return found;
}

constexpr std::string_view kTalk =
    "* OK [CAPABILITY IMAP4rev1] hello\r\n"
    "* CAPABILITY IMAP4rev1 IDLE\n"
    "+ go ahead\r\n"
    "* LIST () \"/\" {5}\r\nIN\r\nX tail\r\n"
    "* OK not a literal {5}\r\n"
    "a1 ok done\r\n"
    "!? what\r\n";

TEST(ImapReplies, ReadsTheSameInPiecesOfAnySize) {
  for (std::size_t piece = 1; piece <= kTalk.size(); ++piece) {
    SCOPED_TRACE(piece);
    const auto replies = read(kTalk, piece);
    ASSERT_EQ(replies.size(), 7U);
    EXPECT_EQ(replies[0].kind, ImapReply::Kind::untagged);
    EXPECT_EQ(replies[0].word, "OK");
    EXPECT_EQ(replies[0].text, "[CAPABILITY IMAP4rev1] hello");
    EXPECT_EQ(replies[1].word, "CAPABILITY");
    EXPECT_EQ(replies[2].kind, ImapReply::Kind::continuation);
    EXPECT_EQ(replies[2].text, "go ahead");
    EXPECT_EQ(replies[3].line, "* LIST () \"/\" {5} tail");
    EXPECT_EQ(replies[4].text, "not a literal {5}");
    EXPECT_EQ(replies[5].kind, ImapReply::Kind::tagged);
    EXPECT_EQ(replies[5].tag, "a1");
    EXPECT_EQ(replies[5].word, "OK");
    EXPECT_EQ(replies[6].kind, ImapReply::Kind::garbage);
    EXPECT_EQ(replies[6].line, "!? what");
  }
}

TEST(ImapReplies, GivesUpOnALineWithoutEnd) {
  ImapReplies replies;
  replies.feed(std::string(limits::kProbeReplyBytes + 1, 'x'));
  EXPECT_FALSE(replies.next());
  EXPECT_TRUE(replies.broken());
}

TEST(ImapReplies, GivesUpOnAHugeLiteral) {
  for (const std::string_view size : {"4097", "18446744073709551615", "99999999999999999999999"}) {
    ImapReplies replies;
    replies.feed("* LIST {" + std::string(size) + "}\r\n");
    EXPECT_FALSE(replies.next());
    EXPECT_TRUE(replies.broken()) << size;
  }
}

TEST(ImapReplies, WaitsForTheRestOfALiteral) {
  ImapReplies replies;
  replies.feed("* LIST {3}\r\nab");
  EXPECT_FALSE(replies.next());
  EXPECT_FALSE(replies.broken());
  replies.feed("c\r\n");
  ASSERT_TRUE(replies.next());
}

}  // namespace
}  // namespace slewd::remedy
