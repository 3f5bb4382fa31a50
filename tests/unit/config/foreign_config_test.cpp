// SPDX-License-Identifier: Apache-2.0
#include "agent/config/foreign_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/config/config.hpp"

namespace slewd::app {
namespace {

using testing::HasSubstr;
using testing::Optional;

TEST(ForeignConfig, IsRecognisedByItsLines) {
  EXPECT_THAT(foreign_format("# x\nserver a.example iburst\nMakeStep 1 3\n"),
              Optional(ForeignFormat::chrony));
  EXPECT_THAT(foreign_format("server a.example\nrestrict default kod\n"),
              Optional(ForeignFormat::ntp));
  EXPECT_THAT(foreign_format("server 127.127.28.0\n"), Optional(ForeignFormat::ntp));
  EXPECT_THAT(foreign_format("refclock shm unit 0\n"), Optional(ForeignFormat::ntp));
  EXPECT_THAT(foreign_format("refclock SHM 0\n"), Optional(ForeignFormat::chrony));
  EXPECT_THAT(foreign_format("[[source]]\nmode = \"pool\"\n"), Optional(ForeignFormat::ntpd_rs));
  EXPECT_THAT(foreign_format("\n[Time]\nNTP=a.example\n"), Optional(ForeignFormat::timesyncd));
}

TEST(ForeignConfig, IsNotSeenInSlewdsOwnOrInAnythingElse) {
  EXPECT_FALSE(foreign_format(""));
  EXPECT_FALSE(foreign_format("# server a.example\n"));
  EXPECT_FALSE(foreign_format("{\n\"servers\": [\nserver a.example\n"));
  EXPECT_FALSE(foreign_format("hello\n[Unit]\n"));
}

TEST(ForeignConfig, IsRefusedWithTheCommandThatConvertsIt) {
  const auto refused = [](const std::string& text, const std::string& name) {
    const auto config = parse_config(text, name);
    return config ? "" : config.error().describe();
  };
  EXPECT_THAT(refused("server a.example iburst\nrtcsync\n", "chrony.conf"),
              HasSubstr("chrony.conf: this is a configuration of chrony; 'slewctl convert "
                        "chrony.conf' writes slewd's"));
  EXPECT_THAT(refused("restrict default\n", "ntp.conf"), HasSubstr("configuration of ntpd;"));
  EXPECT_THAT(refused("[observability]\nlog-level = \"info\"\n", "ntp.toml"),
              HasSubstr("configuration of ntpd-rs;"));
  EXPECT_THAT(refused("[Time]\n", "timesyncd.conf"), HasSubstr("configuration of timesyncd;"));
}

}  // namespace
}  // namespace slewd::app
