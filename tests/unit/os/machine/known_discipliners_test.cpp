// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/known_discipliners.hpp"

#include <initializer_list>
#include <string>

#include <gtest/gtest.h>

namespace slewd::os {
namespace {

std::string line(std::initializer_list<const char*> words) {
  std::string text;
  for (const char* const word : words) text += std::string(word) + '\0';
  return text;
}

std::string judged(const char* comm, std::initializer_list<const char*> words) {
  return steering_program(comm, line(words)).value_or("-");
}

TEST(KnownDiscipliners, EachDaemonHasItsName) {
  EXPECT_EQ(judged("chronyd", {"/usr/sbin/chronyd", "-F", "1"}), "chronyd");
  EXPECT_EQ(judged("systemd-timesyn", {"/lib/systemd/systemd-timesyncd"}), "systemd-timesyncd");
  EXPECT_EQ(judged("ntp-daemon", {"/usr/bin/ntp-daemon"}), "ntpd-rs");
  EXPECT_EQ(judged("ptp4l", {"ptp4l", "-i", "eth0"}), "ptp4l");
  EXPECT_EQ(judged("VBoxService", {"/usr/sbin/VBoxService"}), "VBoxService");
  EXPECT_EQ(judged("systemd", {"/sbin/init"}), "-");
  EXPECT_FALSE(may_steer("bash"));
  EXPECT_TRUE(may_steer("chronyd"));
}

TEST(KnownDiscipliners, AProgramIsTakenAtItsNameWhenItsWordsCannotBeRead) {
  EXPECT_EQ(steering_program("chronyd", ""), "chronyd");
}

TEST(KnownDiscipliners, AChronydThatLeavesTheClockAloneIsNoRival) {
  EXPECT_EQ(judged("chronyd", {"chronyd", "-x"}), "-");
  EXPECT_EQ(judged("chronyd", {"chronyd", "-dx"}), "-");
  EXPECT_EQ(judged("chronyd", {"chronyd", "-Q", "pool example.org"}), "-");
}

TEST(KnownDiscipliners, AnArgumentIsNotMistakenForAnOption) {
  EXPECT_EQ(judged("chronyd", {"chronyd", "-f", "-x"}), "chronyd");
  EXPECT_EQ(judged("chronyd", {"chronyd", "-fx.conf"}), "chronyd");
  EXPECT_EQ(judged("chronyd", {"chronyd", "--x"}), "chronyd");
  EXPECT_EQ(judged("chronyd", {"-x"}), "chronyd");
  EXPECT_EQ(judged("chronyd", {"chronyd", "-", "-f"}), "chronyd");
}

TEST(KnownDiscipliners, TheThreeDaemonsCalledNtpdAreToldApart) {
  EXPECT_EQ(judged("ntpd", {"/usr/sbin/ntpd", "-p", "/run/ntpd.pid", "-g"}), "ntpd");
  EXPECT_EQ(judged("ntpd", {"/usr/sbin/ntpd", "-c", "/etc/ntpsec/ntp.conf"}), "NTPsec's ntpd");
  EXPECT_EQ(judged("ntpd", {"/usr/sbin/ntpd", "-f", "/etc/openntpd/ntpd.conf"}), "OpenNTPD's ntpd");
  EXPECT_EQ(judged("ntpd", {"ntpd: ntp engine"}), "OpenNTPD's ntpd");
}

TEST(KnownDiscipliners, Phc2sysCountsOnlyWhenTheMachinesClockIsItsSink) {
  EXPECT_EQ(judged("phc2sys", {"phc2sys", "-s", "eth0", "-w"}), "phc2sys");
  EXPECT_EQ(judged("phc2sys", {"phc2sys", "-a", "-r"}), "phc2sys");
  EXPECT_EQ(judged("phc2sys", {"phc2sys", "-arr"}), "phc2sys");
  EXPECT_EQ(judged("phc2sys", {"phc2sys", "-a"}), "-");
  EXPECT_EQ(judged("phc2sys", {"phc2sys", "-s", "CLOCK_REALTIME", "-c", "eth0"}), "-");
  EXPECT_EQ(judged("phc2sys", {"phc2sys", "-sCLOCK_REALTIME", "-ceth0"}), "-");
}

TEST(KnownDiscipliners, TheServiceOfVirtualBoxCanBeToldToLeaveTheClock) {
  EXPECT_EQ(judged("VBoxService", {"VBoxService", "--disable-timesync"}), "-");
  EXPECT_EQ(judged("VBoxService", {"VBoxService", "--only-cpuhotplug"}), "-");
  EXPECT_EQ(judged("VBoxService", {"VBoxService", "--only-timesync"}), "VBoxService");
}

TEST(KnownDiscipliners, ToolsOfVmwareAreNotCountedSinceTheirSettingIsTheHosts) {
  EXPECT_EQ(judged("vmtoolsd", {"/usr/bin/vmtoolsd"}), "-");
}

TEST(KnownDiscipliners, ASlewdThatIsToldToObserveOrRunsACommandIsNoRival) {
  EXPECT_EQ(judged("slewd", {"slewd", "run"}), "slewd");
  EXPECT_EQ(judged("slewd", {"slewd", "run", "--mode", "takeover"}), "slewd");
  EXPECT_EQ(judged("slewd", {"slewd", "run", "--mode", "observe"}), "-");
  EXPECT_EQ(judged("slewd", {"slewd", "run", "--mode=observe"}), "-");
  EXPECT_EQ(judged("slewd", {"slewd", "demo"}), "-");
  EXPECT_EQ(judged("slewd", {"slewd", "run", "--mode"}), "slewd");
}

}  // namespace
}  // namespace slewd::os
