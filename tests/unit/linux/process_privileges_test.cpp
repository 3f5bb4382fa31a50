#include "agent/linux/process_privileges.hpp"

#include <gtest/gtest.h>

namespace slewd::os {
namespace {

TEST(TimeCapability, IsBitTwentyFiveOfTheEffectiveSet) {
  EXPECT_TRUE(
      grants_time_capability("Name:\tx\nCapPrm:\t0000000000000000\n"
                             "CapEff:\t0000000002000000\n"));
  EXPECT_TRUE(grants_time_capability("CapEff:\t000001fffeffffff\n"));
  EXPECT_FALSE(grants_time_capability("CapPrm:\t0000000002000000\nCapEff:\t000001fffcffffff\n"));
}

TEST(TimeCapability, IsAbsentFromTextThatDoesNotSayIt) {
  for (const char* text : {"", "CapEff:", "CapEff:\t\n", "CapEff:\tzz\n", "CapEff:\t02000000x\n",
                           "XCapEff:\t0000000002000000\n"})
    EXPECT_FALSE(grants_time_capability(text)) << text;
}

TEST(TimeCapability, IsWhatTheTestsRunWithout) { EXPECT_FALSE(has_time_capability()); }

}  // namespace
}  // namespace slewd::os
