// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/doctor.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using os::WitnessState;
using testing::HasSubstr;
using testing::Not;

Examination sample() {
  return {{{"adjtimex", WitnessState::ok, "frequency 1.000 ppm", "reads", "a filter", true},
           {"vmclock", WitnessState::refused, "Permission denied", "migrations", "a rule", false},
           {"rtc", WitnessState::absent, "none", "pauses", "nothing", false}}};
}

TEST(Doctor, OnlyWhatIsNeededMakesAMachineUnsound) {
  Examination examination = sample();
  EXPECT_TRUE(examination.sound());
  EXPECT_THAT(doctor_text(examination), Not(HasSubstr("cannot steer")));
  examination.findings[0].state = WitnessState::refused;
  EXPECT_FALSE(examination.sound());
  EXPECT_THAT(doctor_text(examination), HasSubstr("slewd cannot steer this clock"));
}

TEST(Doctor, TheTextSaysWhatToGrantWhereSomethingIsRefused) {
  const std::string text = doctor_text(sample());
  EXPECT_THAT(text, HasSubstr("vmclock   refused  Permission denied\n"
                              "                     migrations\n"
                              "                     to grant: a rule\n"));
  EXPECT_THAT(text, Not(HasSubstr("a filter")));
  EXPECT_THAT(text, Not(HasSubstr("nothing\n")));
}

TEST(Doctor, TheJsonHoldsEachFinding) {
  const auto json = nlohmann::json::parse(doctor_json(sample()));
  EXPECT_EQ(json["schema"], "slewd.doctor/1");
  EXPECT_EQ(json["sound"], true);
  ASSERT_EQ(json["findings"].size(), 3U);
  EXPECT_EQ(json["findings"][1]["state"], "refused");
  EXPECT_EQ(json["findings"][1]["grant"], "a rule");
}

TEST(Doctor, AMachineIsExaminedRowByRow) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("proc/812"));
  std::ofstream(folder.file("proc/812/comm")) << "chronyd\n";
  std::ofstream(folder.file("proc/812/status")) << "CapEff:\t0000000002000000\n";
  const Examination examination =
      examine_machine({folder.file("sys"), folder.file("dev"), folder.file("proc")},
                      {folder.file("run"), folder.file("share"), folder.file("etc")});
  std::vector<std::string> names;
  for (const DoctorFinding& finding : examination.findings) {
    names.push_back(finding.name);
    EXPECT_FALSE(finding.detail.empty()) << finding.name;
    EXPECT_FALSE(finding.use.empty()) << finding.name;
  }
  EXPECT_THAT(names, testing::ElementsAre("CAP_SYS_TIME", "adjtimex", "timerfd", "tracepoints",
                                          "vmclock", "vmgenid", "ptp", "rtc", "clocksource",
                                          "steal", "virtualisation", "time_daemon", "systemd"));
  EXPECT_EQ(examination.findings[11].detail, "chronyd (process 812) is running too");
}

class DoctorUnits : public testing::Test {
 protected:
  UnitFolders folders() const {
    return {folder_.file("run"), folder_.file("share"), folder_.file("etc")};
  }
  void boot_systemd() const {
    std::filesystem::create_directories(folder_.file("run/systemd/system"));
  }
  void put(const std::string& file) const {
    const std::filesystem::path path = folder_.file(file);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "here\n";
  }

  TemporaryFolder folder_;
};

TEST_F(DoctorUnits, WithoutSystemdNothingIsSaidOfPolkit) {
  const auto findings = find_unit_rights(folders());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].state, WitnessState::absent);
  EXPECT_EQ(findings[0].detail, "this machine was not booted with systemd");
}

TEST_F(DoctorUnits, WhatIsMissingOnTheWayToAUnitIsNamedWithItsCure) {
  boot_systemd();
  auto findings = find_unit_rights(folders());
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].state, WitnessState::refused);
  EXPECT_THAT(findings[0].detail, HasSubstr("dbus/system_bus_socket"));
  EXPECT_THAT(findings[1].detail, HasSubstr("not installed"));
  EXPECT_EQ(findings[1].grant, "install the package polkitd");
  put("run/dbus/system_bus_socket");
  put("share/dbus-1/system-services/org.freedesktop.PolicyKit1.service");
  findings = find_unit_rights(folders());
  EXPECT_EQ(findings[0].state, WitnessState::ok);
  EXPECT_EQ(findings[1].state, WitnessState::refused);
  EXPECT_THAT(findings[1].grant, HasSubstr("50-slewd.rules"));
  put("etc/polkit-1/rules.d/50-slewd.rules");
  findings = find_unit_rights(folders());
  EXPECT_EQ(findings[1].state, WitnessState::ok);
  EXPECT_THAT(findings[1].detail, testing::EndsWith("50-slewd.rules"));
}

}  // namespace
}  // namespace slewd::app
