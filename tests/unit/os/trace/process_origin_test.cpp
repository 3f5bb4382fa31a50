// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/process_origin.hpp"

#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace slewd::os {
namespace {

const std::string kId = "1a2b3c4d5e6f" + std::string(52, '0');
constexpr const char* kShown = "container 1a2b3c4d5e6f";

TEST(ProcessOrigin, OfAServiceIsItsUnit) {
  EXPECT_EQ(origin_of("0::/system.slice/cron.service\n"), "cron.service");
  EXPECT_EQ(origin_of("0::/system.slice/system-getty.slice/getty@tty1.service\n"),
            "getty@tty1.service");
  EXPECT_EQ(origin_of("0::/init.scope\n"), "init.scope");
}

TEST(ProcessOrigin, BelowADelegatedUnitIsTheUnit) {
  EXPECT_EQ(origin_of("0::/system.slice/worker.service/payload/42\n"), "worker.service");
}

TEST(ProcessOrigin, OfASessionIsTheSessionOrTheUsersOwnUnit) {
  EXPECT_EQ(origin_of("0::/user.slice/user-1000.slice/session-3.scope\n"), "session-3.scope");
  EXPECT_EQ(origin_of("0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.service\n"),
            "a.service");
}

TEST(ProcessOrigin, ASliceIsNone) {
  EXPECT_EQ(origin_of("0::/user.slice/user-1000.slice\n"), "");
  EXPECT_EQ(origin_of("0::/\n"), "");
}

TEST(ProcessOrigin, OfVersionOneIsSystemdsOwnHierarchy) {
  EXPECT_EQ(origin_of("12:memory:/other.service\n1:name=systemd:/system.slice/ntp.service\n"),
            "ntp.service");
}

TEST(ProcessOrigin, OfBothVersionsTogetherIsTheOneThatKnows) {
  EXPECT_EQ(origin_of("1:name=systemd:/system.slice/ntp.service\n0::/\n"), "ntp.service");
  EXPECT_EQ(origin_of("1:name=systemd:/\n0::/system.slice/ntp.service\n"), "ntp.service");
}

TEST(ProcessOrigin, EachRuntimesWayToNameAContainerIsKnown) {
  for (const std::string& path :
       {"/system.slice/docker-" + kId + ".scope", "/docker/" + kId,
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12_34.slice/"
        "cri-containerd-" +
            kId + ".scope",
        "/kubepods.slice/kubepods-pod12.slice/crio-" + kId + ".scope",
        "/kubepods/besteffort/pod12-34/" + kId, "/machine.slice/libpod-" + kId + ".scope",
        "/machine.slice/libpod-" + kId + ".scope/container",
        "/system.slice/containerd.service/kubepods-pod12.slice:cri-containerd:" + kId})
    EXPECT_EQ(origin_of("0::" + path + "\n"), kShown) << path;
}

TEST(ProcessOrigin, AContainerOutranksTheUnitInWhateverLineItStands) {
  EXPECT_EQ(origin_of("0::/system.slice/docker-" + kId + ".scope/system.slice/cron.service\n"),
            kShown);
  EXPECT_EQ(origin_of("1:name=systemd:/system.slice/a.service\n4:memory:/docker/" + kId + "\n"),
            kShown);
}

TEST(ProcessOrigin, OfNestedContainersTheInnerOneCounts) {
  const std::string outer(64, 'f');
  EXPECT_EQ(origin_of("0::/docker/" + outer + "/docker/" + kId + "\n"), kShown);
}

TEST(ProcessOrigin, ARuntimesMonitorIsNoContainer) {
  EXPECT_EQ(origin_of("0::/machine.slice/crio-conmon-" + kId + ".scope\n"),
            "crio-conmon-" + kId + ".scope");
}

TEST(ProcessOrigin, ContainersOfLxcHaveAName) {
  EXPECT_EQ(origin_of("0::/lxc.payload.web/system.slice/cron.service\n"), "container web");
  EXPECT_EQ(origin_of("4:memory:/lxc/web\n"), "container web");
}

TEST(ProcessOrigin, AGroupThatIsGoneStillHasItsName) {
  EXPECT_EQ(origin_of("0::/system.slice/run-r1.service (deleted)\n"), "run-r1.service");
}

TEST(ProcessOrigin, NonsenseHasNone) {
  EXPECT_EQ(origin_of(""), "");
  EXPECT_EQ(origin_of("::\n:\n\n0:\n"), "");
  EXPECT_EQ(origin_of("0::/system.slice/docker-" + kId.substr(1) + ".scope\n"),
            "docker-" + kId.substr(1) + ".scope");
}

TEST(ProcessOrigin, NamesAreShownWithoutControlCharactersAndInBounds) {
  EXPECT_EQ(printable("a\nb\x1b\xc3\x7f~ "), "a?b???~ ");
  EXPECT_LE(printable(std::string(1000, 'a')).size(), 128U);
}

TEST(ProcessOrigin, AProcessThatRunsIsIdentified) {
  const auto self = identify_process(::getpid());
  ASSERT_TRUE(self);
  EXPECT_FALSE(self->command.empty());
}

TEST(ProcessOrigin, AProcessThatIsGoneIsNot) {
  EXPECT_FALSE(identify_process(::getpid(), "/nowhere"));
}

}  // namespace
}  // namespace slewd::os
