// SPDX-License-Identifier: Apache-2.0
#include "agent/core/jumps/jump_view.hpp"

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

ClockEvent event(std::uint64_t id, JumpCause cause, Nanos size) {
  ClockEvent made;
  made.id = id;
  made.cause = cause;
  made.size = size;
  return made;
}

std::uint64_t total(const JumpView& view, JumpCause cause, JumpDirection direction) {
  return view.total[static_cast<std::size_t>(cause)][static_cast<std::size_t>(direction)];
}

TEST(JumpView, CountsByCauseDirectionAndSize) {
  JumpView view;
  view.note(event(1, JumpCause::external_step, -11s));
  view.note(event(2, JumpCause::external_step, 4s));
  view.note(event(3, JumpCause::suspend, 2h));
  EXPECT_EQ(total(view, JumpCause::external_step, JumpDirection::backward), 1U);
  EXPECT_EQ(total(view, JumpCause::external_step, JumpDirection::forward), 1U);
  EXPECT_EQ(total(view, JumpCause::suspend, JumpDirection::forward), 1U);
  EXPECT_EQ(view.largest_backward, 11s);
  const JumpSizes& forward = view.sizes[static_cast<std::size_t>(JumpDirection::forward)];
  EXPECT_EQ(forward.counts[5], 1U) << "above 1 s, up to 5 s";
  EXPECT_EQ(forward.counts[10], 1U) << "above an hour, up to a day";
  EXPECT_DOUBLE_EQ(forward.sum, 7204);
  EXPECT_EQ(view.sizes[1].counts[7], 1U) << "above 10 s, up to a minute";
}

TEST(JumpView, ABoundOfTheHistogramBelongsBelow) {
  JumpSizes sizes;
  sizes.add(5s);
  sizes.add(48h);
  EXPECT_EQ(sizes.counts[5], 1U);
  EXPECT_EQ(sizes.counts.back(), 1U) << "+Inf";
}

TEST(JumpView, AnEventIsCountedOnceItsSizeIsKnownAndNeverTwice) {
  JumpView view;
  ClockEvent away = event(1, JumpCause::migration, 0s);
  away.uncertainty = kUnknownSize;
  view.note(away);
  view.note(event(2, JumpCause::external_step, 1s));
  EXPECT_EQ(total(view, JumpCause::migration, JumpDirection::forward), 0U);
  EXPECT_EQ(view.sizes[0].sum, 1.0) << "a size that is not known is not in the histogram";
  view.note(event(1, JumpCause::migration, -3s));
  view.note(event(1, JumpCause::snapshot, -4s));
  ASSERT_EQ(view.recent.size(), 2U);
  EXPECT_EQ(view.recent[0].size, -4s);
  EXPECT_EQ(view.recent[0].cause, JumpCause::snapshot);
  EXPECT_EQ(view.recent[1].id, 2U);
  EXPECT_EQ(total(view, JumpCause::migration, JumpDirection::backward), 1U) << "no counter falls";
  EXPECT_EQ(total(view, JumpCause::snapshot, JumpDirection::backward), 0U);
  EXPECT_EQ(view.sizes[1].counts[5], 1U) << "the first known size, once";
}

TEST(JumpView, TheLargestBackwardMovementIsOneThatProgramsCouldSee) {
  JumpView view;
  view.note(event(1, JumpCause::vm_pause, -100s));
  EXPECT_EQ(view.largest_backward, 0s) << "all of them stood still";
  view.note(event(2, JumpCause::external_step, -4s));
  view.note(event(3, JumpCause::external_step, 60s));
  EXPECT_EQ(view.largest_backward, 4s);
}

TEST(JumpView, FindsOnlyWhatIsRecent) {
  JumpView view;
  for (std::uint64_t id = 1; id <= limits::kJumpRing + 1; ++id)
    view.note(event(id, JumpCause::external_step, 1s));
  EXPECT_EQ(view.find(1), nullptr);
  ASSERT_NE(view.find(2), nullptr);
  EXPECT_EQ(view.find(2)->id, 2U);
  EXPECT_EQ(total(view, JumpCause::external_step, JumpDirection::forward), limits::kJumpRing + 1);
}

}  // namespace
}  // namespace slewd::core
