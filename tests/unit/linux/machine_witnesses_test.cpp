#include "agent/linux/machine_witnesses.hpp"

#include <chrono>
#include <semaphore>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/linux/system_clock.hpp"

#include "tests/unit/linux/kernel_folder.hpp"
#include "tests/unit/linux/vmclock_page.hpp"

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

TEST(MachineWitnesses, ThisMachineCanBeProbed) {
  const SystemClock clock;
  MachineWitnesses witnesses(clock, nobody);
  EXPECT_EQ(witnesses.describe().size(), 6U);
  EXPECT_TRUE(witnesses.look().steal);
}

}  // namespace
}  // namespace slewd::os
