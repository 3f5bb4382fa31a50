// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/convert/convert.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/ctl/convert/inputs.hpp"
#include "base/limits.hpp"

#include "tests/unit/ctl/convert/converted.hpp"

namespace slewd::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string chrony(const std::string& text, FilesByPattern files = {}) {
  return converted("c", text, ForeignFormat::chrony, std::move(files)).text;
}

std::string ntp(const std::string& text) { return converted("n", text, ForeignFormat::ntp).text; }

std::string toml(const std::string& text) {
  return converted("t", text, ForeignFormat::ntpd_rs).text;
}

std::string timesyncd(const std::string& text) {
  return converted("s", "[Time]\n" + text, ForeignFormat::timesyncd).text;
}

// Tables. A directive that is to be converted and has no function would leave no trace.

TEST(ConvertTables, EachDirectiveOfChronyIsHandled) {
  for (const convert::Directive& each : convert::chrony_directives())
    for (const char* values : {"", " 1", " x 1 1"})
      EXPECT_THAT(chrony(std::string(each.word) + values),
                  AllOf(HasSubstr("c:1: "), Not(HasSubstr("is not one of"))))
          << each.word << values;
}

TEST(ConvertTables, EachOptionOfASourceOfChronyIsHandled) {
  for (const convert::SourceOption& each : convert::chrony_source_options())
    EXPECT_THAT(
        chrony("pool a.example.net " + std::string(each.word) + (each.has_value ? " 1" : "")),
        AllOf(Not(HasSubstr("is unknown")), Not(HasSubstr("cannot read"))))
        << each.word;
  for (const convert::SourceOption& each : convert::chrony_clock_options())
    EXPECT_THAT(
        chrony("refclock PHC /dev/ptp0 " + std::string(each.word) + (each.has_value ? " 1" : "")),
        AllOf(Not(HasSubstr("is unknown")), Not(HasSubstr("cannot read"))))
        << each.word;
}

TEST(ConvertTables, EachDirectiveOfNtpdIsHandled) {
  for (const convert::Directive& each : convert::ntp_directives())
    for (const char* values : {"", " 1", " x 1 1"})
      EXPECT_THAT(ntp(std::string(each.word) + values),
                  AllOf(HasSubstr("n:1: "), Not(HasSubstr("is not one of"))))
          << each.word << values;
  for (const convert::SourceOption& each : convert::ntp_source_options())
    EXPECT_THAT(
        ntp("server a.example.net " + std::string(each.word) + (each.has_value ? " 1" : "")),
        AllOf(Not(HasSubstr("is unknown")), Not(HasSubstr("cannot read"))))
        << each.word;
  for (const convert::SourceOption& each : convert::ntp_clock_options())
    EXPECT_THAT(ntp("refclock shm " + std::string(each.word) + (each.has_value ? " 1" : "")),
                AllOf(Not(HasSubstr("is unknown")), Not(HasSubstr("cannot read"))))
        << each.word;
  for (const convert::Directive& each : convert::ntp_parameters())
    EXPECT_THAT(ntp("tinker " + std::string(each.word) + " 1"),
                AllOf(HasSubstr("n:1: "), Not(HasSubstr("cannot read"))))
        << each.word;
}

// "a.b.c" as TOML, in a list where the configuration has one.
std::string toml_of(const std::string& word) {
  const std::size_t dot = word.rfind('.');
  const std::string section = word.substr(0, dot);
  const bool list = section == "source" || section == "server" || section == "nts-ke-server";
  return (list ? "[[" + section + "]]\n" : "[" + section + "]\n") + word.substr(dot + 1) + " = 1\n";
}

TEST(ConvertTables, EachSettingOfNtpdRsIsHandled) {
  for (const convert::Directive& each : convert::ntpd_rs_settings())
    EXPECT_THAT(toml(toml_of(std::string(each.word))),
                AllOf(HasSubstr("t:2: "), Not(HasSubstr("no such setting"))))
        << each.word;
}

TEST(ConvertTables, EachSettingOfTimesyncdIsHandled) {
  for (const convert::Directive& each : convert::timesyncd_settings())
    EXPECT_THAT(timesyncd(std::string(each.word) + "=1"),
                AllOf(HasSubstr("s:2: "), Not(HasSubstr("no such setting"))))
        << each.word;
}

// Any format.

TEST(Convert, RefusesATextThatItCannotRecognise) {
  const auto result = convert_config({"x", "hello\n"}, {}, files_of({}));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().describe(), HasSubstr("--from"));
}

TEST(Convert, RefusesAFileThatIsTooLong) {
  const auto result = convert_config({"x", std::string(limits::kConvertBytes + 1, '\n')},
                                     ForeignFormat::chrony, files_of({}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::limit);
}

TEST(Convert, ObservesOnlyWhereNoSourceIsLeft) {
  EXPECT_THAT(chrony("refclock PPS /dev/pps0\n"),
              AllOf(HasSubstr(R"("servers": [])"), HasSubstr(R"("mode": "observe")"),
                    HasSubstr("no source could be converted")));
}

TEST(Convert, AsksAServerOnceThatIsNamedTwice) {
  const Conversion result = converted("c", "server a.example.net\nserver a.example.net iburst\n");
  EXPECT_TRUE(result.complete);
  EXPECT_THAT(result.text, HasSubstr("c:2: server a.example.net iburst"));
  EXPECT_EQ(result.text.find(R"({"host")"), result.text.rfind(R"({"host")"));
}

TEST(Convert, WritesAtMostAsManySourcesAsSlewdHas) {
  std::string text;
  for (std::size_t i = 0; i <= limits::kSources; ++i)
    text += "server s" + std::to_string(i) + ".example.net\n";
  EXPECT_THAT(chrony(text), HasSubstr("slewd has at most 32 sources"));
}

TEST(Convert, MovesValuesIntoTheRangeOfSlewdAndSaysSo) {
  EXPECT_THAT(chrony("server 198.51.100.1 minpoll -3 maxdelay 1000\n"),
              AllOf(HasSubstr(R"("max_delay": "16s")"), HasSubstr(R"("min": "1s")"),
                    HasSubstr("shortest poll 125ms is outside slewd's range: 1s is written"),
                    HasSubstr("maxdelay 16m40s is outside")));
  EXPECT_THAT(chrony("server 192.168.0.1 minpoll -3\n"),
              AllOf(HasSubstr(R"("min": "125ms")"), Not(HasSubstr("outside"))));
}

TEST(Convert, LowersMinSourcesToWhatCanBeSelected) {
  EXPECT_THAT(chrony("minsources 4\nserver a.example.net\nserver b.example.net noselect\n"),
              AllOf(HasSubstr(R"("min_sources": 1)"), HasSubstr("more sources are wanted (4)")));
}

TEST(Convert, WritesTextThatCanBeReadWhateverTheLinesHave) {
  const std::string nul(1, '\0');
  for (const std::string& text :
       {chrony("server a.example.net x" + nul + "y\n"), ntp("tinker " + nul + "\n"),
        timesyncd("x" + nul + "=1\n"), timesyncd("PollIntervalMinSec=" + nul + "\n")}) {
    EXPECT_EQ(text.find('\0'), std::string::npos);
  }
}

TEST(Convert, KeepsNoControlCharactersOrLongLinesInComments) {
  const std::string text = chrony("foo \x01\x7f\r" + std::string(1000, 'x') + "\n");
  EXPECT_THAT(text, Not(HasSubstr("\x01")));
  EXPECT_THAT(text, Not(HasSubstr(std::string(limits::kConvertLineBytes, 'x'))));
}

// chrony.

TEST(ConvertChrony, SaysWhatAnUnknownDirectiveMayHaveMeant) {
  EXPECT_THAT(chrony("mkestep 1 3\n"), HasSubstr("did you mean 'makestep'?"));
}

TEST(ConvertChrony, StepsAsMakestepDoes) {
  EXPECT_THAT(chrony("makestep 0.1 3\nserver a.example.net\n"),
              AllOf(HasSubstr(R"("at_startup": "any")"), HasSubstr(R"("threshold": "100ms")")));
  EXPECT_THAT(chrony("makestep 1 0\n"), HasSubstr(R"("at_startup": "never")"));
  EXPECT_THAT(chrony("makestep 1 -1\n"),
              AllOf(HasSubstr(R"("after_pause": "step_forward")"), HasSubstr("step --to-true")));
}

TEST(ConvertChrony, TheLastOfSeveralLinesCounts) {
  EXPECT_THAT(chrony("maxdistance 1\nMaxDistance 2\nserver a.example.net\n"),
              AllOf(HasSubstr(R"("max_distance": "2s")"), HasSubstr("c:1: "), HasSubstr("c:2: ")));
}

TEST(ConvertChrony, ReadsWhatIncludeNamesAndNoFurtherThanTheLimit) {
  EXPECT_THAT(chrony("include /x/*.conf\n", {{"/x/*.conf", {{"/x/a.conf", "server a.example\n"}}}}),
              AllOf(HasSubstr("/x/a.conf:1: server a.example"), HasSubstr("c:1: include")));
  EXPECT_THAT(chrony("include /x/a\n", {{"/x/a", {{"/x/a", "include /x/a\n"}}}}),
              HasSubstr("levels deep"));
  EXPECT_THAT(chrony("include /x/a\n"), HasSubstr("there is no such file here"));
}

TEST(ConvertChrony, TakesAuthenticationAsChronyMeansIt) {
  EXPECT_THAT(chrony("server a.example.net nts\nauthselectmode prefer\n"),
              HasSubstr(R"("authenticated": "require")"));
  EXPECT_THAT(chrony("server a.example.net\nauthselectmode prefer\n"),
              HasSubstr(R"("authenticated": "ignore")"));
  EXPECT_THAT(chrony("server a.example.net nts\nauthselectmode mix\n"),
              HasSubstr(R"("authenticated": "prefer")"));
}

TEST(ConvertChrony, TrustsTheFileOfTheSetOfCertificates) {
  const std::string text =
      "ntstrustedcerts /own.pem\nntstrustedcerts 2 /two.pem\nserver a.example.net nts\n"
      "server b.example.net nts certset 2\nserver c.example.net\n";
  EXPECT_THAT(chrony(text), AllOf(HasSubstr(R"("a.example.net", "nts": {"ca": "/own.pem"})"),
                                  HasSubstr(R"("b.example.net", "nts": {"ca": "/two.pem"})"),
                                  HasSubstr("without the system's authorities")));
  EXPECT_THAT(chrony("nosystemcert\n" + text), Not(HasSubstr("without the system's authorities")));
}

TEST(ConvertChrony, NamesTheKeyFileOnlyWhereASourceHasAKey) {
  EXPECT_THAT(chrony("keyfile /k\nserver a.example.net key 1\n"),
              AllOf(HasSubstr(R"("keys_file": "/k")"), HasSubstr(R"("key": 1)")));
  EXPECT_THAT(chrony("keyfile /k\nserver a.example.net\n"), HasSubstr("no source has a key"));
}

TEST(ConvertChrony, BindsEachSourceInItsFamily) {
  EXPECT_THAT(chrony("bindacqaddress 192.0.2.7\nserver 198.51.100.1\nserver 2001:db8::1\n"),
              AllOf(HasSubstr(R"("198.51.100.1", "bind_address": "192.0.2.7")"),
                    HasSubstr(R"({"host": "2001:db8::1"})")));
}

// ntpd.

TEST(ConvertNtp, CopiesNoPassword) {
  const Conversion result = converted("n", "crypto pw secret\nrestrict default\n");
  EXPECT_THAT(result.text + result.report, Not(HasSubstr("secret")));
}

TEST(ConvertNtp, TreatsRestrictionsAsMetAndServedNetworksAsLost) {
  const auto lost = [](const std::string& line) {
    return !converted("n", "server a.example.net\nrestrict " + line, ForeignFormat::ntp).complete;
  };
  EXPECT_FALSE(lost("default kod nomodify noquery"));
  EXPECT_FALSE(lost("-6 ::1"));
  EXPECT_FALSE(lost("192.0.2.0 mask 255.255.255.0 ignore"));
  EXPECT_TRUE(lost("192.0.2.0 mask 255.255.255.0 nomodify"));
}

TEST(ConvertNtp, TakesSharedMemoryWithItsFudge) {
  EXPECT_THAT(
      ntp("server 127.127.28.1 minpoll 4 maxpoll 4\nfudge 127.127.28.1 time1 0.5 refid GPS\n"),
      HasSubstr(R"({"shm": 1, "name": "GPS", )"));
}

TEST(ConvertNtp, ReadsTheFolderOfNtpsec) {
  const Conversion result =
      converted("/etc/ntp.conf", "restrict default\n", {},
                {{"/etc/ntp.d/*.conf", {{"/etc/ntp.d/a.conf", "server a.b\n"}}}});
  EXPECT_THAT(result.text, HasSubstr("/etc/ntp.d/a.conf:1: server a.b"));
}

// ntpd-rs.

TEST(ConvertNtpdRs, RefusesWhatIsNoTomlWithItsLine) {
  EXPECT_THAT(toml("[[source]]\nmode = \n"), HasSubstr("t:2: "));
  EXPECT_THAT(toml("[\nmode = 1\n"), HasSubstr("t:"));
}

TEST(ConvertNtpdRs, ReadsPortsOfAddresses) {
  EXPECT_THAT(toml("[[source]]\nmode = \"server\"\naddress = \"[2001:db8::1]:1123\"\n"),
              HasSubstr(R"({"host": "2001:db8::1", "port": 1123})"));
  EXPECT_THAT(toml("[[source]]\nmode = \"nts\"\naddress = \"a.example.net:4461\"\n"),
              HasSubstr(R"({"host": "a.example.net", "nts": {"port": 4461}})"));
  EXPECT_THAT(toml("[[source]]\nmode = \"server\"\naddress = \"a.example.net:x\"\n"),
              HasSubstr("cannot read 'a.example.net:x'"));
}

// timesyncd.

TEST(ConvertTimesyncd, UsesTheFallbackWhereNoServerIsNamed) {
  EXPECT_THAT(timesyncd("FallbackNTP=a.example.net\n"), HasSubstr(R"({"host": "a.example.net"})"));
  EXPECT_THAT(timesyncd("NTP=b.example.net\nFallbackNTP=a.example.net\n"),
              AllOf(HasSubstr(R"({"host": "b.example.net"})"),
                    Not(HasSubstr(R"({"host": "a.example.net"})"))));
}

TEST(ConvertTimesyncd, AnEmptyListForgetsTheServersBefore) {
  EXPECT_THAT(
      timesyncd("NTP=a.example.net\nNTP=\nNTP=b.example.net\n"),
      AllOf(Not(HasSubstr(R"({"host": "a.example.net"})")),
            HasSubstr(R"({"host": "b.example.net"})"), HasSubstr("s:2: "), HasSubstr("s:3: ")));
}

TEST(ConvertTimesyncd, ReadsTheUnitsOfSystemd) {
  EXPECT_THAT(timesyncd("PollIntervalMaxSec=1h 4min\n"), HasSubstr(R"("max": "1h4m")"));
  EXPECT_THAT(timesyncd("PollIntervalMaxSec=1 parsec\n"), HasSubstr("cannot read '1 parsec'"));
}

}  // namespace
}  // namespace slewd::app
