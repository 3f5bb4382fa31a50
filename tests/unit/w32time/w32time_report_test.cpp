// SPDX-License-Identifier: Apache-2.0
#include "agent/w32time/w32time_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kHalfADay =
    R"({"SpecialPollInterval": 43200, "MinPollInterval": 10, "NtpServer": "ntp.example.net,0x9"})";

W32timeCheck check(std::string_view text) {
  const TemporaryFolder folder;
  const auto checked = check_w32time(folder.write("w32time.json", text));
  EXPECT_TRUE(checked) << checked.error().describe();
  return checked ? *checked : W32timeCheck{};
}

std::string show(std::string_view text) {
  const TemporaryFolder folder;
  const auto shown = show_w32time(folder.write("w32time.json", text));
  EXPECT_TRUE(shown) << shown.error().describe();
  return shown ? *shown : "";
}

TEST(CheckW32time, ExplainsTheFaultWithTheFilesOwnNumbers) {
  const W32timeCheck checked = check(kHalfADay);
  EXPECT_FALSE(checked.sound);
  EXPECT_THAT(checked.text, HasSubstr("FAULT KB2638243"));
  EXPECT_THAT(checked.text, HasSubstr("a sample each 43200 s (12h)"));
  EXPECT_THAT(checked.text, HasSubstr("advances each 1024 s (17m4s)"));
  EXPECT_THAT(checked.text, HasSubstr("to Sync at 7168 s (1h59m28s)"));
}

TEST(CheckW32time, ProposesEveryCureAsACommand) {
  const std::string text = check(kHalfADay).text;
  EXPECT_THAT(text, HasSubstr("NtpClient /v SpecialPollInterval /t REG_DWORD /d 3600 /f"));
  EXPECT_THAT(text, HasSubstr("Config /v MinPollInterval /t REG_DWORD /d 15 /f"));
  EXPECT_THAT(text, HasSubstr("Parameters /v NtpServer /t REG_SZ /d \"ntp.example.net,0x8\" /f"));
  EXPECT_THAT(text, HasSubstr("w32tm /config /update"));
}

TEST(CheckW32time, FindsAShortIntervalSoundAndProposesNothing) {
  const W32timeCheck checked = check(R"({"SpecialPollInterval": 3600})");
  EXPECT_TRUE(checked.sound);
  EXPECT_THAT(checked.text, HasSubstr("OK: "));
  EXPECT_THAT(checked.text, Not(HasSubstr("reg add")));
}

TEST(CheckW32time, TellsWhereEachValueComesFrom) {
  const std::string text = check("{\n  \"MinPollInterval\": 6\n}").text;
  EXPECT_THAT(text, testing::ContainsRegex("MinPollInterval +6 +64 s \\(1m4s\\) +line 2\n"));
  EXPECT_THAT(text, testing::ContainsRegex("LargePhaseOffset +50000000 +5s +default\n"));
}

TEST(CheckW32time, SaysWhatWouldStillBeWrong) {
  EXPECT_THAT(check(kHalfADay).text,
              HasSubstr("note: Windows since version 1703 polls each 32768 s"));
  EXPECT_THAT(check(R"({"Type": "NoSync"})").text, HasSubstr("note: Type is NoSync"));
  EXPECT_THAT(check(R"({"Type": "NT5DS"})").text, HasSubstr("of a domain member"));
}

TEST(CheckW32time, NamesTheFileAndTheLineOfAMistake) {
  const TemporaryFolder folder;
  const std::string path = folder.write("bad.json", "{\n\"HoldPeriod\": -1\n}");
  const auto checked = check_w32time(path);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().describe(), HasSubstr(path + ":2: HoldPeriod: -1 is outside 0"));
  EXPECT_FALSE(check_w32time(folder.file("none.reg")));
  EXPECT_FALSE(show_w32time(folder.file("none.reg")));
}

TEST(ShowW32time, TellsTheFaultTickByTickAndThenEachCure) {
  const std::string text = show(kHalfADay);
  for (const char* row :
       {" 0 +0s +sample +Sync -> Spike +5s or more off: rejected\n",
        " 1024 +17m4s +timer +Spike -> Unset +the spike watch has ended: Event 50\n",
        " 2048 +34m8s +timer +Unset -> Hold +as if a first sample had arrived\n",
        " 7168 +1h59m28s +timer +Hold -> Sync +as if a sample had arrived: 5 of HoldPeriod 5\n",
        "43200 +12h +sample +Sync -> Spike +5s or more off: rejected\n=> this repeats without end"})
    EXPECT_THAT(text, testing::ContainsRegex(row));
  for (const char* cured : {"Fix 1: [^=]*a sample each 3600 s[^=]*=> corrected 3600 s",
                            "Fix 2: [^=]*timer each 32768 s[^=]*=> corrected 43200 s",
                            "Fix 3: [^=]*no internal timer[^=]*=> corrected 1024 s"})
    EXPECT_THAT(text, testing::ContainsRegex(cured));
}

TEST(ShowW32time, ShowsSoundSettingsOnceAndShortensWhatRepeats) {
  const std::string text = show(R"({"SpecialPollInterval": 64, "MinPollInterval": 6})");
  EXPECT_THAT(text, Not(HasSubstr("Fix ")));
  EXPECT_THAT(text, HasSubstr("12 more samples, all rejected"));
  EXPECT_THAT(text, HasSubstr("=> corrected 960 s (16m)"));
}

TEST(ShowW32time, KnowsWhenTheClockWouldJumpAndWhenItMayNotMoveAtAll) {
  EXPECT_THAT(show(R"({"SpecialPollInterval": 3600})"), HasSubstr("the clock is stepped"));
  EXPECT_THAT(show(R"({"SpecialPollInterval": 3600, "MaxAllowedPhaseOffset": 300})"),
              HasSubstr("the clock is slewed"));
  EXPECT_THAT(show(R"({"SpecialPollInterval": 3600, "MaxPosPhaseCorrection": 6})"),
              HasSubstr("beyond MaxPosPhaseCorrection: rejected"));
  EXPECT_THAT(show(R"({"Type": "NoSync"})"), HasSubstr("polls no server and corrects nothing"));
}

}  // namespace
}  // namespace slewd::app
