#include "agent/app/ctl/doctor.hpp"

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
  const Examination examination =
      examine_machine({folder.file("sys"), folder.file("dev"), folder.file("proc")});
  std::vector<std::string> names;
  for (const DoctorFinding& finding : examination.findings) {
    names.push_back(finding.name);
    EXPECT_FALSE(finding.detail.empty()) << finding.name;
    EXPECT_FALSE(finding.use.empty()) << finding.name;
  }
  EXPECT_THAT(names, testing::ElementsAre("CAP_SYS_TIME", "adjtimex", "timerfd", "tracepoints",
                                          "vmclock", "vmgenid", "ptp", "rtc", "clocksource",
                                          "steal", "virtualisation", "discipliner"));
  EXPECT_EQ(examination.findings.back().detail, "chronyd (process 812) runs as well");
}

}  // namespace
}  // namespace slewd::app
