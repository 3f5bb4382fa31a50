// SPDX-License-Identifier: Apache-2.0
#include "agent/core/leap/leap_vote.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

Leap vote(const std::vector<Leap>& indicators) { return leap_vote(indicators); }

TEST(LeapVote, AnnouncesWhatMoreThanHalfAnnounce) {
  EXPECT_EQ(vote({Leap::insert, Leap::insert, Leap::none}), Leap::insert);
  EXPECT_EQ(vote({Leap::erase, Leap::erase, Leap::insert}), Leap::erase);
  EXPECT_EQ(vote({Leap::insert}), Leap::insert);
}

TEST(LeapVote, HalfIsNoMajority) {
  EXPECT_EQ(vote({Leap::insert, Leap::none}), Leap::none);
  EXPECT_EQ(vote({Leap::insert, Leap::erase}), Leap::none);
  EXPECT_EQ(vote({Leap::insert, Leap::erase, Leap::none}), Leap::none);
}

TEST(LeapVote, OneServersWordAmongManyIsNotHeard) {
  EXPECT_EQ(vote({Leap::insert, Leap::none, Leap::none}), Leap::none);
}

TEST(LeapVote, WhoDoesNotKnowHasNoVoice) {
  EXPECT_EQ(vote({Leap::insert, Leap::unknown, Leap::unknown}), Leap::insert);
  EXPECT_EQ(vote({Leap::insert, Leap::none, Leap::unknown}), Leap::none);
}

TEST(LeapVote, IsUnknownWhenNobodyKnows) {
  EXPECT_EQ(vote({}), Leap::unknown);
  EXPECT_EQ(vote({Leap::unknown, Leap::unknown}), Leap::unknown);
}

}  // namespace
}  // namespace slewd::core
