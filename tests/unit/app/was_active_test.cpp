// SPDX-License-Identifier: Apache-2.0
#include "agent/app/was_active.hpp"

#include <gtest/gtest.h>

namespace slewd::app {
namespace {

rules::Target with_unit() {
  rules::Target target;
  target.name = "mail";
  target.unit = "mail.service";
  return target;
}

TEST(WasActive, IsWhatSystemdSaysOfTheUnit) {
  Observations seen;
  EXPECT_EQ(was_active(with_unit(), seen), std::nullopt) << "nobody has told";
  for (const char* up : {"active", "reloading", "activating"}) {
    seen.units["mail"].state = up;
    EXPECT_EQ(was_active(with_unit(), seen), true) << up;
  }
  for (const char* down : {"inactive", "failed", "absent"}) {
    seen.units["mail"].state = down;
    EXPECT_EQ(was_active(with_unit(), seen), false) << down;
  }
  for (const char* neither : {"unknown", "deactivating"}) {
    seen.units["mail"].state = neither;
    EXPECT_EQ(was_active(with_unit(), seen), std::nullopt) << neither;
  }
}

TEST(WasActive, AUnitThatIsNotThereSaysNothingOfWhatACommandStops) {
  rules::Target target = with_unit();
  target.commands = {{rules::Verb::stop, {"/usr/bin/docker", "stop", "mail"}}};
  Observations seen;
  seen.units["mail"].state = "absent";
  EXPECT_EQ(was_active(target, seen), std::nullopt) << "no probe";
  target.probes.resize(1);
  target.probes[0].name = "mail.login";
  seen.probes.resize(1);
  seen.probes[0].name = "mail.login";
  seen.probes[0].state = rules::ProbeState::ok;
  EXPECT_EQ(was_active(target, seen), true);
}

TEST(WasActive, IsWhatAllProbesOfATargetWithoutAUnitSay) {
  rules::Target target = with_unit();
  target.unit.clear();
  Observations seen;
  EXPECT_EQ(was_active(target, seen), std::nullopt) << "no probe";
  target.probes.resize(2);
  target.probes[0].name = "mail.login";
  target.probes[1].name = "mail.port";
  seen.probes.resize(2);
  seen.probes[0].name = "mail.login";
  seen.probes[0].state = rules::ProbeState::ok;
  seen.probes[1].name = "mail.port";
  EXPECT_EQ(was_active(target, seen), std::nullopt) << "one has not answered yet";
  seen.probes[1].state = rules::ProbeState::failed;
  EXPECT_EQ(was_active(target, seen), std::nullopt) << "they contradict each other";
  seen.probes[1].state = rules::ProbeState::ok;
  EXPECT_EQ(was_active(target, seen), true);
  for (auto& probe : seen.probes) probe.state = rules::ProbeState::failed;
  EXPECT_EQ(was_active(target, seen), false);
}

}  // namespace
}  // namespace slewd::app
