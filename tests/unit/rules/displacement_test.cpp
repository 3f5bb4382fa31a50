// SPDX-License-Identifier: Apache-2.0
// up_through_jump(), displaced() and misplaced(): how far the clock stands from where it stood.
#include <gtest/gtest.h>

#include "tests/unit/rules/remembering.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

// One second between two jumps, and half an hour.
TEST_F(Remembering, WhereTheClockStandsIsWhatMovesAService) {
  unit("active", 0s, at(0s));
  const char* const back = "up_through_jump(unit.mail, 1h, -1m)";
  const char* const forth = "displaced(1h, 1m)";
  facts.jumps = {{-60s, at(10s), "external_step"}};
  EXPECT_EQ(now(back, 19999ms), kFalse) << "it may be undone yet";
  EXPECT_EQ(now(back, 20s), kTrue);
  facts.jumps.push_back({59999ms, at(11s), "own_step"});
  EXPECT_EQ(now(back, 30s), kFalse);
  EXPECT_EQ(now(forth, 30s), kFalse);
  facts.jumps[1].size = 60s;
  EXPECT_EQ(now("up_through_jump(unit.mail, 1h)", 12s), kFalse);
  EXPECT_EQ(now("up_through_jump(unit.mail, 1h)", 30s), kFalse);
  facts.jumps[1] = {60s, at(30min), "own_step"};
  EXPECT_EQ(now(back, 30min + 5s), kFalse);
  EXPECT_EQ(now(forth, 30min + 9s), kFalse);
  EXPECT_EQ(now(forth, 30min + 10s), kTrue) << "what began meanwhile has been moved";
  EXPECT_EQ(now("up_through_jump(unit.mail, 1h)", 30min + 10s), kTrue);
}

TEST_F(Remembering, AClockThatIsSetToAndFroForEverStandsNowhereElse) {
  unit("active", 0s, at(0s));
  for (int i = 0; i < 40; ++i)
    facts.jumps.push_back({i % 2 == 0 ? -60s : 60s, at(10s + i * 3s), "external_step"});
  EXPECT_EQ(now("up_through_jump(unit.mail, 1h, -1m)", 128s), kFalse);
  facts.jumps.clear();
  for (int i = 0; i < 40; ++i) facts.jumps.push_back({-2s, at(10s + i * 3s), "external_step"});
  EXPECT_EQ(now("displaced(1h, -1m)", 128s), kTrue);
  EXPECT_EQ(now("up_through_jump(unit.mail, 1h, -1m)", 128s), kFalse) << "it shows a later time";
  for (JumpFact& jump : facts.jumps) jump.size = -4s;
  EXPECT_EQ(now("up_through_jump(unit.mail, 1h, -1m)", 128s), kTrue);
}

TEST_F(Remembering, JumpsByCenturiesDoNotOverflow) {
  unit("active", 0s, at(0s));
  const Nanos most = 290 * 365 * 24h;
  facts.jumps = {{most, at(1s), "external_step"},
                 {most, at(20s), "external_step"},
                 {-most, at(40s), "external_step"},
                 {-most, at(60s), "external_step"}};
  EXPECT_EQ(now("displaced(1h, -1s)", 80s), kTrue);
  EXPECT_EQ(now("broken_by_jump(unit.mail, 1h, -1s)", 80s), kFalse);
}

TEST_F(Remembering, HarmOfAMoveBackIsOverOnceTheTimeHasCaughtUp) {
  unit("active", 0s, at(0s));
  facts.jumps = {{-60s, at(10s), "external_step"}};
  EXPECT_EQ(now("up_through_jump(unit.mail, 1h, -1s)", 69s), kTrue);
  EXPECT_EQ(now("up_through_jump(unit.mail, 1h, -1s)", 70s), kFalse);
  EXPECT_EQ(why,
            "up_through_jump(unit.mail, 1h, -1s): false (the clock has caught up with the jump by "
            "-1m)");
  EXPECT_EQ(now("up_through_jump(unit.mail, 1h)", 70s), kFalse);
  EXPECT_EQ(now("displaced(1h, -1s)", 70s), kTrue) << "it is still wrong by as much";
  facts.jumps[0].size = 60s;
  EXPECT_EQ(now("up_through_jump(unit.mail, 1h, 1s)", 10min), kTrue);
}

TEST_F(Remembering, AClockIsMisplacedByOthersAndByPausesAndSetRightBySlewd) {
  const auto wrong = [&](std::string_view size) {
    return now("misplaced(1h, " + std::string(size) + ")", 10min);
  };
  facts.jumps = {{-60s, at(10s), "vm_pause", false}};
  EXPECT_EQ(wrong("-1s"), kTrue);
  EXPECT_EQ(now("displaced(1h, -1s)", 10min), kFalse);
  facts.jumps.push_back({60s, at(100s), "own_step"});
  EXPECT_EQ(wrong("-1s"), kFalse);
  EXPECT_EQ(wrong("1s"), kFalse);
  facts.jumps.push_back({-5s, at(200s), "external_step"});
  EXPECT_EQ(wrong("-5s"), kTrue);
  EXPECT_EQ(wrong("-6s"), kFalse);
  facts.jumps = {{500ms, at(10s), "external_step"}, {60s, at(100s), "own_step"}};
  EXPECT_EQ(wrong("1s"), kFalse) << "the clock was wrong before";
}

}  // namespace
}  // namespace slewd::rules
