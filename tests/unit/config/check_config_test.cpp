// SPDX-License-Identifier: Apache-2.0
#include "agent/config/check_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/config/config.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The example of KB2638243 as slewd's configuration; `more` follows, with its commas.
std::string half_a_day(const std::string& more = "", const std::string& interval = "12h") {
  return R"({"phase": {"profile": "w32time", "legacy_timer_driven": true,
             "special_poll_interval": ")" +
         interval + "\"}" + more + "}";
}

ConfigCheck checked(const std::string& text) {
  const TemporaryFolder folder;
  const auto check = check_config(folder.write("slewd.json", text));
  EXPECT_TRUE(check) << check.error().describe();
  return check ? *check : ConfigCheck();
}

TEST(CheckConfig, CallsTheDefaultsGood) {
  const auto check = check_config("");
  ASSERT_TRUE(check);
  EXPECT_TRUE(check->sound);
  EXPECT_THAT(check->text, StartsWith("defaults: OK (1 source, "));
}

TEST(CheckConfig, TellsEveryMistakeWithItsLine) {
  const TemporaryFolder folder;
  const std::string path = folder.write("slewd.json", "{\n\"moed\": 1}");
  const auto check = check_config(path);
  ASSERT_FALSE(check);
  EXPECT_THAT(check.error().describe(), StartsWith(path + ":2: moed: unknown key"));
}

TEST(CheckConfig, WarnsOfOneServerAlone) {
  const auto text_of = [](const std::string& servers) {
    return checked(R"({"servers": [)" + servers + "]}").text;
  };
  EXPECT_THAT(text_of(R"({"host": "a.example"})"), HasSubstr("warning: only one server"));
  EXPECT_THAT(text_of(R"({"host": "a.example"}, {"host": "b.example", "noselect": true})"),
              HasSubstr("warning: only one server"));
  EXPECT_THAT(text_of(R"({"host": "a.example"}, {"host": "b.example"})"),
              Not(HasSubstr("warning")));
  EXPECT_THAT(checked(R"({"pools": [{"host": "a.example"}]})").text, Not(HasSubstr("warning")));
}

TEST(CheckConfig, RefusesWhatCanNeverDisciplineTheClock) {
  const auto said = [](const std::string& text) {
    const ConfigCheck check = checked(text);
    EXPECT_FALSE(check.sound) << text;
    EXPECT_THAT(check.text, Not(HasSubstr("OK ("))) << text;
    return check.text;
  };
  EXPECT_THAT(said(R"({"servers": [{"host": "a.example", "noselect": true}]})"),
              HasSubstr("cannot work: every source is noselect"));
  EXPECT_THAT(said(R"({"servers": [{"host": "a.example", "noselect": true, "require": true},
                                   {"host": "b.example"}]})"),
              HasSubstr("the only required source is noselect"));
  EXPECT_THAT(said(R"({"selection": {"min_sources": 2}, "servers": [{"host": "a.example"},
                       {"host": "b.example", "noselect": true}]})"),
              HasSubstr("selection.min_sources is 2 and at most 1 servers can be selected"));
}

TEST(CheckConfig, TellsWhichSourcesAndSettingsHaveNoEffect) {
  const auto said = [](const std::string& text) { return checked(text).text; };
  EXPECT_THAT(said(R"({"pools": [{"host": "192.0.2.1", "members": 4}]})"),
              HasSubstr("192.0.2.1 is one address but has 4 members"));
  EXPECT_THAT(said(R"({"pools": [{"host": "a.example", "members": 8},
                       {"host": "b.example", "members": 8}, {"host": "c.example", "members": 8},
                       {"host": "d.example", "members": 8}, {"host": "e.example", "members": 8}]})"),
              HasSubstr("have 40 members, but only 32 can be used"));
  EXPECT_THAT(said(R"({"leap": "kernel", "leap_months": []})"),
              HasSubstr("no leap second is ever inserted"));
  EXPECT_THAT(said(R"({"servers": [{"host": "a.example"}],
                       "jumps": {"after_pause": "step_forward"}})"),
              HasSubstr("only where a hypervisor's clock confirms the pause"));
  EXPECT_THAT(said(R"({"steering": {"max_slew": "10%", "large_offset_slew": "1ppm"}})"),
              HasSubstr("large offsets are slewed more slowly than small ones"));
}

TEST(CheckConfig, TellsWhichSettingsContradictEachOther) {
  const auto told = [](const std::string& text) { return checked(text).text; };
  EXPECT_THAT(told("{}"), Not(HasSubstr("contradiction")));
  EXPECT_THAT(told(R"({"jumps": {"after_pause": "step_forward"}})"),
              Not(HasSubstr("contradiction")));
  EXPECT_THAT(told(R"({"step": {"threshold": "1h"}})"),
              HasSubstr("contradiction: an offset between phase.panic (16m40s) and step.threshold "
                        "(1h) is neither slewed nor stepped: Alarm"));
  EXPECT_THAT(told(R"({"phase": {"panic": "48h"}})"),
              HasSubstr("contradiction: an offset from 101 min to phase.panic (2d) takes longer "
                        "than phase.max_slew_eta (14d)"));
  EXPECT_THAT(told(R"({"step": {"at_startup": "forward", "boot_window": "10m"}})"),
              HasSubstr("step.boot_window has no effect without"));
  EXPECT_THAT(told(R"({"step": {"boot_window": "0s"}})"), HasSubstr("never steps back"));
  EXPECT_THAT(told(R"({"step": {"at_startup": "never", "max_unconfirmed": "1h"}})"),
              HasSubstr("step.max_unconfirmed has no effect"));
  EXPECT_THAT(told(R"({"mode": "observe", "jumps": {"after_pause": "step_forward"}})"),
              HasSubstr("never changes the clock"));
  EXPECT_THAT(told(R"({"phase": {"spike_floor": "10s"}})"),
              HasSubstr("phase.spike_floor (10s) has no effect"));
}

TEST(CheckConfig, FindsKb2638243AndExplainsItWithTheNumbersOfTheFile) {
  const ConfigCheck check = checked(half_a_day(R"(, "poll": {"min": "1024s"})"));
  EXPECT_FALSE(check.sound);
  EXPECT_THAT(check.text, Not(HasSubstr("OK (")));
  EXPECT_THAT(check.text, HasSubstr("FAULT KB2638243: an offset that persists is never corrected"));
  EXPECT_THAT(check.text, HasSubstr("a sample each 12h"));
  EXPECT_THAT(check.text, HasSubstr("from Spike to Unset at 17m4s, to Hold at 34m8s and to Sync at "
                                    "1h59m28s. The next sample arrives at 12h,"));
  EXPECT_THAT(check.text, HasSubstr(R"(1. a shorter interval)"));
  EXPECT_THAT(check.text, HasSubstr(R"("phase": {"special_poll_interval": "3600s"})"));
  EXPECT_THAT(check.text, HasSubstr(R"("poll": {"min": "32768s", "max": "32768s"})"));
  EXPECT_THAT(check.text, HasSubstr("3. poll.min and poll.max"));
  EXPECT_THAT(check.text, HasSubstr("4. a phase that only samples move"));
}

TEST(CheckConfig, TellsOfSamplesThatAreRefusedWithinTheWatch) {
  const ConfigCheck check = checked(half_a_day("", "899s"));
  EXPECT_FALSE(check.sound);
  EXPECT_THAT(check.text, HasSubstr("samples are rejected for 14m59s; then time alone leads"));
}

TEST(CheckConfig, ProposesOnlyCuresThatCanBeReadAndEndTheFault) {
  for (const char* cured : {R"({"phase": {"profile": "w32time", "legacy_timer_driven": true,
                                "special_poll_interval": "300s"}})",
                            R"({"phase": {"profile": "w32time", "legacy_timer_driven": true,
                                "special_poll_interval": "36h"},
                                "poll": {"min": "65536s", "max": "65536s"}})",
                            R"({"phase": {"profile": "w32time", "legacy_timer_driven": true}})",
                            R"({"phase": {"profile": "w32time",
                                "special_poll_interval": "36h"}})"})
    EXPECT_TRUE(checked(cured).sound) << cured;
  EXPECT_THAT(checked(half_a_day("", "36h")).text,
              HasSubstr(R"("poll": {"min": "65536s", "max": "65536s"})"));
}

}  // namespace
}  // namespace slewd::app
