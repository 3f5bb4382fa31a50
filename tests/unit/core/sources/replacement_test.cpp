// SPDX-License-Identifier: Apache-2.0
#include "agent/core/sources/replacement.hpp"

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

SourceConfig server(const std::string& host) {
  SourceConfig config;
  config.name = config.host = host;
  return config;
}

SourceConfig pool() {
  SourceConfig config = server("pool.example.org");
  config.pool = true;
  return config;
}

TEST(Replacement, AServerThatRefusesUsGoes) {
  EXPECT_EQ(why_replace(server("a.example.org"), {.denied = true, .silent_for = {}}), "refuses us");
}

TEST(Replacement, AServerGoesAfterEightUnansweredPolls) {
  Conduct conduct{.unanswered = 7, .silent_for = 1h};
  EXPECT_EQ(why_replace(server("a.example.org"), conduct), "");
  conduct.unanswered = 8;
  EXPECT_EQ(why_replace(server("a.example.org"), conduct), "has left 8 polls unanswered");
}

TEST(Replacement, AServerGoesSoonerWhereNoOtherSourceAnswers) {
  const Conduct conduct{.unanswered = 3, .alone = true, .silent_for = 3min};
  EXPECT_EQ(why_replace(server("a.example.org"), conduct), "has left 3 polls unanswered");
  EXPECT_EQ(
      why_replace(server("a.example.org"), {.unanswered = 3, .alone = true, .silent_for = 1min}),
      "");
}

TEST(Replacement, AShortSilenceDuringABurstIsForgiven) {
  EXPECT_EQ(why_replace(pool(), {.unanswered = 8, .silent_for = 16s}), "");
  EXPECT_NE(why_replace(pool(), {.unanswered = 8, .silent_for = {}}), "");
}

TEST(Replacement, AnAddressThatHasNeverAnsweredGoesSoon) {
  EXPECT_EQ(why_replace(server("a.example.org"), {.unanswered = 1, .silent_for = {}}), "");
  EXPECT_EQ(why_replace(server("a.example.org"), {.unanswered = 2, .silent_for = {}}),
            "has left 2 polls unanswered");
  EXPECT_NE(why_replace(pool(), {.unanswered = 1, .silent_for = {}, .given_up = 1}), "")
      << "it had its two polls the first time";
}

TEST(Replacement, AFalsetickerGoesOnlyFromAPool) {
  const Conduct conduct{.silent_for = {}, .false_polls = 8};
  EXPECT_EQ(why_replace(pool(), conduct), "was a falseticker at 8 polls");
  EXPECT_EQ(why_replace(server("a.example.org"), conduct), "");
}

TEST(Replacement, ANumericHostIsLeftAlone) {
  for (const char* host : {"192.0.2.1", "2001:db8::1", "fe80::1%eth0"})
    EXPECT_EQ(why_replace(server(host), {.denied = true, .silent_for = {}}), "") << host;
  for (const char* host : {"ntp", "1.pool.example.org", "3com.example.org"})
    EXPECT_FALSE(is_numeric(host)) << host;
}

}  // namespace
}  // namespace slewd::core
