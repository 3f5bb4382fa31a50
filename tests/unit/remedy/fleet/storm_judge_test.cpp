// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/storm_judge.hpp"

#include <gtest/gtest.h>

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

// `total` nodes, of which the first have a sign each; the version tells when they wrote.
std::vector<NodeReport> nodes(int total, int ahead, int behind, const std::string& version) {
  std::vector<NodeReport> reports;
  for (int i = 0; i < total; ++i) {
    const OffsetSign sign = i < ahead            ? OffsetSign::ahead
                            : i < ahead + behind ? OffsetSign::behind
                                                 : OffsetSign::none;
    reports.push_back({"n" + std::to_string(i), version, sign, sign == OffsetSign::none});
  }
  return reports;
}

TEST(StormJudgeTest, ManyNodesOfOneSignAreAStormUntilTheyWereCalmForAWhile) {
  StormJudge judge({.share = 0.3, .nodes = 5, .calm = 300s});
  BootTime now{1h};
  EXPECT_FALSE(judge.observe(nodes(10, 2, 1, "1"), now));
  EXPECT_FALSE(judge.view().storm);
  EXPECT_TRUE(judge.observe(nodes(10, 1, 6, "2"), now += 30s));
  EXPECT_EQ(judge.view().reason,
            "6 of 10 nodes have clocks that are behind: suspect a time source, not the nodes");
  EXPECT_EQ(judge.health().well, 3);
  EXPECT_FALSE(judge.observe(nodes(10, 1, 6, "3"), now += 30s)) << "it goes on";
  judge.observe(nodes(10, 0, 0, "4"), now += 299s);
  EXPECT_TRUE(judge.view().storm);
  judge.observe(nodes(10, 0, 0, "5"), now += 1s);
  EXPECT_FALSE(judge.view().storm);
}

TEST(StormJudgeTest, BothSignsTogetherAreNoStorm) {
  StormJudge judge({.share = 0.5, .nodes = 5});
  judge.observe(nodes(10, 5, 5, "1"), BootTime{1h});
  EXPECT_FALSE(judge.view().storm);
}

TEST(StormJudgeTest, AFewNodesAreNoStormWhateverTheirShare) {
  StormJudge judge({.share = 0.3, .nodes = 5});
  judge.observe(nodes(4, 4, 0, "1"), BootTime{1h});
  EXPECT_FALSE(judge.view().storm);
}

TEST(StormJudgeTest, WhoNoLongerWritesNoLongerCounts) {
  StormJudge judge({.share = 0.3, .nodes = 5, .calm = 0s, .gone = 12min});
  judge.observe(nodes(10, 8, 0, "1"), BootTime{1h});
  EXPECT_TRUE(judge.view().storm);
  judge.observe(nodes(10, 8, 0, "1"), BootTime{1h} + 13min);
  EXPECT_FALSE(judge.view().storm);
  EXPECT_EQ(judge.health().nodes, 0);
}

}  // namespace
}  // namespace slewd::remedy
