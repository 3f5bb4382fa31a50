// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/machine_witnesses.hpp"

#include <chrono>
#include <mutex>
#include <semaphore>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/os/clock/system_clock.hpp"

#include "tests/unit/os/kernel_folder.hpp"
#include "tests/unit/os/vmclock_page.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string nobody() { return {}; }

TEST(MachineWitnesses, ABareMachineHasNoSigns) {
  const KernelFolder kernel;
  const FourClocks clock;
  MachineWitnesses witnesses(clock, nobody, kernel.places());
  const core::MachineSigns signs = witnesses.look();
  EXPECT_FALSE(signs.disruption_marker);
  EXPECT_FALSE(signs.generation);
  EXPECT_FALSE(signs.disruption_announced);
  EXPECT_FALSE(signs.host);
  EXPECT_EQ(signs.discipliner, "");
}

TEST(MachineWitnesses, ThePageIsReadAtEachLook) {
  const KernelFolder kernel;
  PageMaker maker;
  maker.flags = kGenerationPresent;
  maker.generation = 3;
  maker.write(kernel.file("dev/vmclock0"));
  const FourClocks clock;
  MachineWitnesses witnesses(clock, nobody, kernel.places());
  EXPECT_EQ(witnesses.look().disruption_marker, 77U);
  EXPECT_EQ(witnesses.look().generation, 3U);
  maker.marker = 78;
  maker.flags |= kImminent;
  maker.generation = 4;
  maker.write(kernel.file("dev/vmclock0"));
  EXPECT_EQ(witnesses.look().disruption_marker, 78U);
  EXPECT_EQ(witnesses.look().generation, 4U);
  EXPECT_TRUE(witnesses.look().disruption_announced);
}

TEST(MachineWitnesses, APageThatIsBeingWrittenLeavesTheLastWord) {
  const KernelFolder kernel;
  PageMaker maker;
  maker.write(kernel.file("dev/vmclock0"));
  const FourClocks clock;
  MachineWitnesses witnesses(clock, nobody, kernel.places());
  maker.marker = 99;
  maker.sequence = 3;
  maker.write(kernel.file("dev/vmclock0"));
  EXPECT_EQ(witnesses.look().disruption_marker, 77U);
}

TEST(MachineWitnesses, VmgenidCountsOnlyWhereThePageDoesNot) {
  const KernelFolder kernel;
  const std::string driver = kernel.file("sys/bus/platform/drivers/vmgenid");
  std::filesystem::create_directories(driver);
  std::filesystem::create_symlink("nowhere", driver + "/QEMUVGID:00");
  const FourClocks clock;
  MachineWitnesses alone(clock, nobody, kernel.places());
  if (alone.describe()[1].state != WitnessState::ok) GTEST_SKIP() << alone.describe()[1].detail;
  EXPECT_EQ(alone.look().generation, 0U);
  PageMaker maker;
  maker.flags = kGenerationPresent;
  maker.generation = 12;
  maker.write(kernel.file("dev/vmclock0"));
  EXPECT_EQ(MachineWitnesses(clock, nobody, kernel.places()).look().generation, 12U);
}

TEST(MachineWitnesses, TheReportNamesEachWitnessOnce) {
  const KernelFolder kernel;
  PageMaker().write(kernel.file("dev/vmclock0"));
  const FourClocks clock;
  const MachineWitnesses witnesses(clock, nobody, kernel.places());
  std::vector<std::string> names;
  for (const WitnessReport& report : witnesses.describe()) names.push_back(report.name);
  EXPECT_THAT(names,
              testing::ElementsAre("vmclock", "vmgenid", "ptp", "rtc", "clocksource", "steal"));
  EXPECT_EQ(witnesses.describe()[0].detail,
            "mapped, does not count restores, host clock synchronized UTC");
}

TEST(MachineWitnesses, AHiddenPageIsRefusedAndNotAbsent) {
  const KernelFolder kernel;
  const FourClocks clock;
  const auto state = [&] {
    return MachineWitnesses(clock, nobody, kernel.places()).describe()[0].state;
  };
  EXPECT_EQ(state(), WitnessState::absent);
  kernel.write("sys/class/misc/vmclock0/dev", "10:120\n");
  EXPECT_EQ(state(), WitnessState::refused);
}

// The thread, on this machine's clock: a request is served without waiting for the next second, and
// the end does not hang.
TEST(MachineWitnesses, ARequestWakesTheThread) {
  const KernelFolder kernel;
  kernel.write_clocksource("tsc");
  const SystemClock clock;
  std::counting_semaphore<> asked{0};
  MachineWitnesses witnesses(
      clock,
      [&asked] {
        asked.release();
        return std::string("chronyd (process 812)");
      },
      kernel.places());
  asked.acquire();
  EXPECT_EQ(witnesses.look().discipliner, "chronyd (process 812)");
  kernel.write_clocksource("hpet");
  witnesses.start();
  witnesses.refresh_soon();
  asked.acquire();
  // A second round is over only after the first one's signs were published.
  witnesses.refresh_soon();
  asked.acquire();
  EXPECT_EQ(witnesses.look().clocksource, "hpet");
}

// Virtual clocks that both threads read, with rounds of the witnesses on request.
struct WatchedMachine {
  class Clocks final : public core::Clock {
   public:
    [[nodiscard]] core::ClockReading now() const override {
      const std::scoped_lock lock(mutex_);
      return clocks_.now();
    }
    void set_by(Nanos step) {
      const std::scoped_lock lock(mutex_);
      clocks_.reading.wall += step;
    }
    void pass(Nanos time, Ppm rate) {
      const std::scoped_lock lock(mutex_);
      clocks_.pass(time);
      const Nanos gained = from_seconds(to_seconds(time) * to_ratio(rate));
      clocks_.reading.mono += gained;
      clocks_.reading.boot += gained;
      clocks_.reading.wall += gained;
    }

   private:
    mutable std::mutex mutex_;
    FourClocks clocks_;
  };

  WatchedMachine() {
    kernel.write_clocksource("tsc");
    asked.acquire();
    witnesses.tell([this] { told.release(); });
    witnesses.start();
    // The first signs that hold how late the thread comes are news, too.
    round();
    told.acquire();
  }
  // Ends when a look of the thread that began after the call has ended.
  void round() {
    while (asked.try_acquire()) {  // of rounds that a timer has made
    }
    for (int i = 0; i < 2; ++i) {
      witnesses.refresh_soon();
      asked.acquire();
    }
  }
  // MONOTONIC runs `rate` faster than RAW for this time.
  void pass(Nanos time, Ppm rate) {
    clocks.pass(time, rate);
    round();
  }

  KernelFolder kernel;
  Clocks clocks;
  std::counting_semaphore<> asked{0};
  std::counting_semaphore<> told{0};
  MachineWitnesses witnesses{clocks,
                             [this] {
                               asked.release();
                               return std::string();
                             },
                             kernel.places()};
};

TEST(MachineWitnesses, AChangeOfASignIsToldOnce) {
  WatchedMachine machine;
  machine.round();
  EXPECT_FALSE(machine.told.try_acquire());
  machine.kernel.write_clocksource("hpet");
  machine.round();
  machine.told.acquire();
  machine.round();
  EXPECT_FALSE(machine.told.try_acquire());
}

TEST(MachineWitnesses, ASlopeThatNobodyHasSetIsTold) {
  WatchedMachine machine;
  machine.witnesses.expect(Ppm{50}, 1);
  machine.pass(1s, Ppm{50});
  machine.pass(1s, Ppm{50});
  EXPECT_FALSE(machine.told.try_acquire());
  machine.pass(1s, Ppm{53});
  machine.told.acquire();
  machine.witnesses.expect(Ppm{-500}, 2);
  machine.pass(1s, Ppm{10});  // the setting came somewhere within it
  machine.pass(1s, Ppm{-500});
  EXPECT_FALSE(machine.told.try_acquire());
}

TEST(MachineWitnesses, AClockThatIsSetIsToldThoughTheKernelDoesNot) {
  WatchedMachine machine;
  machine.pass(1s, Ppm{0});
  machine.clocks.set_by(-2ms);
  machine.round();
  machine.told.acquire();
  machine.round();
  EXPECT_FALSE(machine.told.try_acquire());
}

TEST(MachineWitnesses, ASecondThatCameLateIsToldWithItsLength) {
  WatchedMachine machine;
  machine.pass(6s, Ppm{0});
  machine.told.acquire();
  const auto late = machine.witnesses.look().late;
  ASSERT_TRUE(late);
  EXPECT_EQ(late->by, 5s);
  EXPECT_EQ(late->count, 1U);
}

TEST(MachineWitnesses, NothingIsToldAfterTheEndOfTheWatch) {
  WatchedMachine machine;
  machine.witnesses.tell({});
  machine.kernel.write_clocksource("hpet");
  machine.round();
  EXPECT_FALSE(machine.told.try_acquire());
}

TEST(MachineWitnesses, ThisMachineCanBeProbed) {
  const SystemClock clock;
  MachineWitnesses witnesses(clock, nobody);
  EXPECT_EQ(witnesses.describe().size(), 6U);
  EXPECT_TRUE(witnesses.look().steal);
}

}  // namespace
}  // namespace slewd::os
