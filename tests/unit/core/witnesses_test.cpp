// SPDX-License-Identifier: Apache-2.0
#include "agent/core/witnesses.hpp"

#include <utility>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

ClockCall call(int process, std::string command, std::string origin, bool sets) {
  return {
      .process = process, .command = std::move(command), .origin = std::move(origin), .sets = sets};
}

TEST(Suspects, AreNamedWithTheirUnit) {
  EXPECT_EQ(describe_suspects({call(812, "date", "cron.service", true)}),
            "date (process 812, cron.service)");
  EXPECT_EQ(describe_suspects({call(7, "", "", true)}), "? (process 7)");
  EXPECT_EQ(describe_suspects({}), "");
}

TEST(Suspects, WhoMayOnlyHaveReadComesAfterOneWhoWantedToSet) {
  EXPECT_EQ(describe_suspects({call(5, "node_exporter", "", false), call(812, "date", "", true)}),
            "date (process 812) or node_exporter (process 5)");
}

TEST(Suspects, AreNamedOnceAndNotWithoutEnd) {
  std::vector<ClockCall> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(call(i / 2, "p", "", false));
  EXPECT_EQ(describe_suspects(calls), "p (process 0) or p (process 1) or p (process 2) or others");
}

}  // namespace
}  // namespace slewd::core
