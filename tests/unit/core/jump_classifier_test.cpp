#include "agent/core/jump_classifier.hpp"

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

// A machine whose timelines a test moves by hand.
struct Timelines {
  ClockReading reading{.mono = MonoTime{100s},
                       .raw = RawTime{100s},
                       .boot = BootTime{100s},
                       .wall = WallTime{1'700'000'000s},
                       .width = 1us};
  void pass(Nanos time) {
    reading.mono += time;
    reading.raw += time;
    reading.boot += time;
    reading.wall += time;
  }
};

TEST(JumpClassifier, SeesNothingWhileTheTimelinesRunTogether) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(jumps.look(machine.reading, false));
    machine.pass(1s);
  }
}

TEST(JumpClassifier, SizesAForeignStepWithItsSign) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)jumps.look(machine.reading, false);
  machine.pass(400ms);
  machine.reading.wall += -11s;
  const auto event = jumps.look(machine.reading, true);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->cause, JumpCause::foreign_step);
  EXPECT_EQ(event->size, -11s);
  EXPECT_EQ(event->direction(), JumpDirection::backward);
  EXPECT_EQ(event->latency, 400ms);
  EXPECT_EQ(event->wall_before - event->wall_after, 11s);
  EXPECT_NE(event->witnesses.find("clock_set"), std::string::npos);
  EXPECT_FALSE(jumps.look(machine.reading, false)) << "one event for one step";
}

TEST(JumpClassifier, SeesAStepOfOneMillisecondAndNoneBelowTheFloor) {
  for (const auto& [step, seen] :
       {std::pair<Nanos, bool>{1100us, true}, {-1100us, true}, {900us, false}, {-900us, false}}) {
    JumpClassifier jumps{JumpConfig{}};
    Timelines machine;
    (void)jumps.look(machine.reading, false);
    machine.pass(1s);
    machine.reading.wall += step;
    EXPECT_EQ(jumps.look(machine.reading, false).has_value(), seen) << step.count();
  }
}

TEST(JumpClassifier, KnowsItsOwnStep) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)jumps.look(machine.reading, false);
  jumps.announce_own_step(3s);
  machine.pass(1ms);
  machine.reading.wall += 3s;
  const auto event = jumps.look(machine.reading, true);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->cause, JumpCause::own_step);
  EXPECT_EQ(event->size, 3s);
}

TEST(JumpClassifier, AnAnnouncedStepDoesNotHideAForeignOneOfAnotherSize) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)jumps.look(machine.reading, false);
  jumps.announce_own_step(3s);
  machine.reading.wall += -8s;
  const auto event = jumps.look(machine.reading, true);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->cause, JumpCause::foreign_step);
}

TEST(JumpClassifier, TellsASuspendByBoottime) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)jumps.look(machine.reading, false);
  machine.reading.boot += 600s;
  machine.reading.wall += 600s;
  const auto event = jumps.look(machine.reading, true);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->cause, JumpCause::suspend);
  EXPECT_EQ(event->size, 600s);
}

}  // namespace
}  // namespace slewd::core
