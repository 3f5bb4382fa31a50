// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/external_watch.hpp"

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

// A kernel clock as its owner and others leave it; a second passes with each look.
struct Machine {
  ClockReading clocks{.mono = MonoTime{100s},
                      .raw = RawTime{100s},
                      .boot = BootTime{100s},
                      .wall = WallTime{1'700'000'000s},
                      .width = 1us};
  KernelReadback kernel;
  MachineSigns signs;
  Programmed programmed;
  Ppm hidden{};  // what steers without the kernel telling
  ExternalWatch watch;

  void pass() {
    clocks.raw += 1s;
    clocks.mono += 1s + from_seconds(to_ratio(kernel.frequency + hidden));
  }
  std::optional<ExternalSigns> look(bool kernel_answers = true) {
    pass();
    const Result<KernelReadback> answer =
        kernel_answers ? Result<KernelReadback>(kernel)
                       : Result<KernelReadback>(fail(ErrorCode::permission, "seccomp"));
    return watch.look(clocks, &answer, signs, programmed);
  }
  std::optional<ExternalSigns> look_for(int seconds, bool kernel_answers = true) {
    for (int i = 0; i < seconds; ++i)
      if (auto found = look(kernel_answers)) return found;
    return std::nullopt;
  }
  void program(Ppm total) {
    kernel.frequency = total;
    programmed.total = total;
    ++programmed.changes;
  }
};

TEST(ExternalWatch, OurOwnSettingsAreNobodys) {
  Machine machine;
  for (int i = 0; i < 600; ++i) {
    machine.program(Ppm{static_cast<double>(i % 50) * 10});
    EXPECT_FALSE(machine.look());
  }
  EXPECT_FALSE(machine.watch.view().detected);
  EXPECT_EQ(machine.watch.view().events, 0U);
}

TEST(ExternalWatch, AFrequencyThatIsNotOursIsFoundAtTheNextLook) {
  Machine machine;
  machine.program(Ppm{12});
  EXPECT_FALSE(machine.look_for(20));
  machine.kernel.frequency = Ppm{40};
  const auto found = machine.look();
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->signs.has(Sign::read_back));
  EXPECT_NEAR(found->rate_change.value, 28, 0.01);
  EXPECT_TRUE(machine.watch.view().detected);
  EXPECT_EQ(machine.watch.view().who, "an unknown program");
}

TEST(ExternalWatch, AnAdjtimeAndTheKernelsOwnLoopAreSlews) {
  Machine machine;
  machine.program(Ppm{12});
  EXPECT_FALSE(machine.look());
  machine.kernel.singleshot_remaining = 40ms;
  const auto adjtime = machine.look();
  ASSERT_TRUE(adjtime);
  EXPECT_TRUE(adjtime->signs.has(Sign::adjtime));
  EXPECT_EQ(adjtime->adjtime, 40ms);
  machine.kernel.singleshot_remaining = 0s;
  machine.kernel.loop_offset = -3ms;
  const auto loop = machine.look();
  ASSERT_TRUE(loop);
  EXPECT_TRUE(loop->signs.has(Sign::kernel_loop));
}

TEST(ExternalWatch, AnAdjtimeOfOursIsNotExternal) {
  Machine machine;
  machine.program(Ppm{12});
  machine.programmed.single_shot = true;
  machine.kernel.singleshot_remaining = 40ms;
  EXPECT_FALSE(machine.look_for(60));
}

TEST(ExternalWatch, TheSlopeTellsWhatTheKernelHides) {
  Machine machine;
  machine.program(Ppm{12});
  EXPECT_FALSE(machine.look_for(60));
  machine.hidden = Ppm{25};
  const auto found = machine.look_for(20);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->signs.has(Sign::mono_raw));
  EXPECT_GT(found->rate_change.value, 3);
}

TEST(ExternalWatch, WithoutReadBackAChangedSlopeIsFound) {
  Machine machine;
  EXPECT_FALSE(machine.look_for(60, false));
  machine.hidden = Ppm{25};
  EXPECT_TRUE(machine.look_for(20, false));
}

TEST(ExternalWatch, WideReadingsMakeNoFalseSlope) {
  Machine machine;
  machine.program(Ppm{12});
  machine.clocks.width = 80us;
  bool later = false;
  for (int i = 0; i < 100; ++i) {
    machine.clocks.mono += later ? -70us : 70us;
    later = !later;
    EXPECT_FALSE(machine.look());
  }
}

TEST(ExternalWatch, ADaemonThatSteersAllTheTimeIsOneEventAndTenQuietMinutesEndIt) {
  Machine machine;
  EXPECT_FALSE(machine.look());
  int events = 0;
  for (int i = 0; i < 3600; ++i) {
    if (i % 16 == 0) machine.kernel.frequency = Ppm{static_cast<double>(i % 7)};
    if (machine.look()) ++events;
  }
  EXPECT_EQ(events, 1);
  EXPECT_EQ(machine.watch.view().events, 1U);
  EXPECT_FALSE(machine.look_for(500));
  EXPECT_TRUE(machine.watch.view().detected) << "not quiet for long enough";
  EXPECT_FALSE(machine.look_for(110));
  EXPECT_FALSE(machine.watch.view().detected);
  machine.kernel.frequency = Ppm{70};
  EXPECT_TRUE(machine.look());
  EXPECT_EQ(machine.watch.view().events, 2U);
}

TEST(ExternalWatch, AKnownProcessIsDetectedByItsName) {
  Machine machine;
  machine.program(Ppm{1});
  EXPECT_FALSE(machine.look());
  machine.signs.discipliner = "chronyd (process 812)";
  EXPECT_FALSE(machine.look()) << "it has not touched the clock yet";
  EXPECT_TRUE(machine.watch.view().detected);
  EXPECT_EQ(machine.watch.view().who, "chronyd (process 812)");
  machine.kernel.frequency = Ppm{9};
  EXPECT_TRUE(machine.look());
  EXPECT_EQ(machine.watch.view().who, "chronyd (process 812)");
  EXPECT_EQ(machine.watch.view().events, 1U);
}

TEST(ExternalWatch, ClockReadingsAloneRaiseTheDoubtThatAsksTheKernel) {
  Machine machine;
  machine.program(Ppm{12});
  EXPECT_FALSE(machine.look());
  const auto doubted = [&machine] {
    machine.pass();
    return machine.watch.doubts(machine.clocks, machine.programmed);
  };
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(doubted());
  machine.kernel.frequency = Ppm{17};
  EXPECT_TRUE(doubted()) << "beyond 2 ppm and what the widths of the readings leave open";
  machine.program(Ppm{500});
  EXPECT_FALSE(doubted()) << "a setting of ours lies within that second";
  EXPECT_FALSE(doubted());
}

TEST(ExternalWatch, WhileTheClockIsNotOursTheKernelsLastWordIsWhatCounts) {
  Machine machine;
  machine.kernel.frequency = Ppm{-30};
  machine.pass();
  EXPECT_TRUE(machine.watch.doubts(machine.clocks, machine.programmed)) << "nothing is known yet";
  EXPECT_FALSE(machine.look());
  machine.pass();
  EXPECT_FALSE(machine.watch.doubts(machine.clocks, machine.programmed));
  machine.pass();
  EXPECT_FALSE(machine.watch.doubts(machine.clocks, machine.programmed));
  machine.kernel.frequency = Ppm{-20};
  machine.pass();
  EXPECT_TRUE(machine.watch.doubts(machine.clocks, machine.programmed));
}

TEST(ExternalWatch, AKernelThatWillNotSpeakIsNotAskedAtEachLook) {
  Machine machine;
  EXPECT_FALSE(machine.look(false));
  machine.pass();
  EXPECT_FALSE(machine.watch.doubts(machine.clocks, machine.programmed));
}

TEST(ExternalWatch, ASlopeIsComparedWithWhatTheKernelSaidLast) {
  Machine machine;
  machine.program(Ppm{12});
  EXPECT_FALSE(machine.look());
  machine.hidden = Ppm{100};
  std::optional<ExternalSigns> found;
  for (int i = 0; i < 20 && !found; ++i) {
    machine.pass();
    found = machine.watch.look(machine.clocks, nullptr, machine.signs, machine.programmed);
  }
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->signs.has(Sign::mono_raw));
  EXPECT_NEAR(found->rate_change.value, 100, 0.1);
}

}  // namespace
}  // namespace slewd::core
