// SPDX-License-Identifier: Apache-2.0
#include "agent/os/clock/kernel_clock.hpp"

#include <cerrno>
#include <chrono>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/timex.h>

#include "agent/os/process/process_privileges.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Remembers what it was asked, and answers as told.
struct FakeKernel {
  KernelClock::Adjust adjust() {
    return [this](timex& request) {
      if (request.modes != 0 && request.modes != ADJ_OFFSET_SS_READ) writes.push_back(request);
      if (request.modes != 0 && error_of_writes != 0) {
        errno = error_of_writes;
        return -1;
      }
      if (request.modes == 0) request = state;
      if ((request.modes & ADJ_STATUS) != 0) state.status = request.status;
      request.status = state.status;
      if (request.modes == ADJ_OFFSET_SS_READ) request.offset = singleshot_left;
      return TIME_ERROR;  // the clock's state, not a failure
    };
  }

  timex state{};
  long singleshot_left = 0;
  int error_of_writes = 0;
  std::vector<timex> writes;
};

TEST(KernelClock, SetsTickAndFrequencyInOneCall) {
  FakeKernel kernel;
  KernelClock clock(kernel.adjust(), 100);
  ASSERT_TRUE(clock.set_frequency(Ppm{-2050}));
  ASSERT_EQ(kernel.writes.size(), 1U);
  EXPECT_EQ(kernel.writes[0].modes, static_cast<unsigned>(ADJ_TICK | ADJ_FREQUENCY));
  const double total = static_cast<double>(kernel.writes[0].tick - 10000) * 100 +
                       static_cast<double>(kernel.writes[0].freq) / 65536;
  EXPECT_DOUBLE_EQ(total, -2050);
}

TEST(KernelClock, EndsTheKernelsOwnLoopThatItFindsAndSteersAgain) {
  FakeKernel kernel;
  kernel.state.status = STA_PLL | STA_NANO;
  KernelClock clock(kernel.adjust(), 100);
  ASSERT_TRUE(clock.set_frequency(Ppm{1}));
  ASSERT_EQ(kernel.writes.size(), 4U);
  EXPECT_EQ(kernel.writes[1].modes, static_cast<unsigned>(ADJ_OFFSET | ADJ_STATUS));
  EXPECT_EQ(kernel.writes[2].modes, static_cast<unsigned>(ADJ_STATUS));
  EXPECT_EQ(kernel.writes[2].status & STA_PLL, 0);
  EXPECT_EQ(kernel.writes[3].modes, static_cast<unsigned>(ADJ_TICK | ADJ_FREQUENCY));
  EXPECT_EQ(kernel.writes[3].freq, 65536);
}

TEST(KernelClock, PublishesWithOneCallWhereTheFlagsAreRight) {
  FakeKernel kernel;
  kernel.state.status = STA_UNSYNC | STA_NANO;
  KernelClock clock(kernel.adjust(), 100);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(clock.publish_status({true, 3ms, 1ms, core::Leap::none}));
  ASSERT_EQ(kernel.writes.size(), 4U) << "the flags were wrong once";
  EXPECT_EQ(kernel.writes[0].modes, static_cast<unsigned>(ADJ_MAXERROR | ADJ_ESTERROR));
  EXPECT_EQ(kernel.writes[0].maxerror, 3000);
  EXPECT_EQ(kernel.writes[1].modes & ADJ_STATUS, static_cast<unsigned>(ADJ_STATUS));
  EXPECT_EQ(kernel.state.status & STA_UNSYNC, 0);
}

TEST(KernelClock, AsksTheKernelNothingForAFrequencyBeyondTheLimit) {
  FakeKernel kernel;
  KernelClock clock(kernel.adjust(), 100);
  const Result<void> result = clock.set_frequency(clock.max_frequency() + Ppm{1});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::invalid);
  EXPECT_TRUE(kernel.writes.empty());
}

TEST(KernelClock, SaysWhatToGrantWhenTheKernelRefuses) {
  FakeKernel kernel;
  kernel.error_of_writes = EPERM;
  KernelClock clock(kernel.adjust(), 100);
  for (const Result<void>& result :
       {clock.set_frequency(Ppm{1}), clock.start_singleshot(1s), clock.step(1s),
        clock.publish_status({true, 1ms, 1ms, core::Leap::none})}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::permission);
    EXPECT_THAT(result.error().describe(), HasSubstr("CAP_SYS_TIME"));
    EXPECT_THAT(result.error().describe(), HasSubstr("mode observe"));
  }
}

TEST(KernelClock, MapsAnInvalidArgumentToInvalid) {
  FakeKernel kernel;
  kernel.error_of_writes = EINVAL;
  KernelClock clock(kernel.adjust(), 100);
  const Result<void> result = clock.step(1s);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::invalid);
  EXPECT_THAT(result.error().describe(), HasSubstr("cannot step the clock"));
}

TEST(KernelClock, ReadsTheRestOfASingleShot) {
  FakeKernel kernel;
  kernel.state.tick = 10000;
  kernel.singleshot_left = -1'500'000;
  const KernelClock clock(kernel.adjust(), 100);
  const auto readback = clock.read_back();
  ASSERT_TRUE(readback);
  EXPECT_EQ(readback->singleshot_remaining, -1500ms);
  EXPECT_DOUBLE_EQ(readback->frequency.value, 0);
  EXPECT_TRUE(kernel.writes.empty());
}

TEST(KernelClock, ReadsBackWhereTheKernelCannotTellOfASingleShot) {
  FakeKernel kernel;
  kernel.state.tick = 10000;
  kernel.error_of_writes = EINVAL;
  const auto readback = KernelClock(kernel.adjust(), 100).read_back();
  ASSERT_TRUE(readback);
  EXPECT_EQ(readback->singleshot_remaining, 0ns);
}

// The real kernel: read, and shown to refuse. Never set.
TEST(KernelClock, AnswersPermissionAndChangesNothingWithoutTheCapability) {
  ASSERT_FALSE(has_time_capability()) << "start tests by tests/without_time_capability";
  KernelClock clock;
  const auto before = clock.read_back();
  if (!before) GTEST_SKIP() << before.error().describe();
  EXPECT_LT(magnitude(before->frequency), clock.max_frequency());
  const Ppm other{before->frequency.value > 0 ? -1.0 : 1.0};
  const Result<void> result = clock.set_frequency(other);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::permission);
  const auto after = clock.read_back();
  ASSERT_TRUE(after);
  EXPECT_NE(after->frequency, other);
}

}  // namespace
}  // namespace slewd::os
