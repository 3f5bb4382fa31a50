// SPDX-License-Identifier: Apache-2.0
// What a configuration may not say, and how the refusal tells where and what would be right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/config/config.hpp"
#include "base/limits.hpp"

namespace slewd::app {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string config_refusal(std::string_view text) {
  const auto config = parse_config(text, "t.json");
  if (config) return "accepted";
  EXPECT_EQ(config.error().code(), ErrorCode::invalid);
  return config.error().describe();
}

struct Case {
  const char* text;  // each starts in line 1 and has the fault in line 2
  const char* refusal;
};

class RefusedConfig : public testing::TestWithParam<Case> {};

TEST_P(RefusedConfig, NamesFileLinePathAndReason) {
  EXPECT_THAT(config_refusal(GetParam().text), StartsWith(GetParam().refusal));
}

INSTANTIATE_TEST_SUITE_P(
    Words, RefusedConfig,
    testing::Values(
        Case{"{\n\"mod\": 1}", "t.json:2: mod: unknown key; did you mean 'mode'?"},
        Case{"{\n\"mode\": \"obsreve\"}",
             "t.json:2: mode: 'obsreve' is not one of observe, auto, takeover; did you mean "
             "'observe'?"},
        Case{"{\n\"mode\": 1}", "t.json:2: mode: a string was expected, not an integer"},
        Case{"{\"mode\": \"auto\",\n\"mode\": \"auto\"}", "t.json:2: duplicate key 'mode' (first"},
        Case{"{\n\"mode\": }", "t.json:2: syntax error"},
        Case{"{\n\"moed\": 1}", "t.json:2: moed: unknown key; did you mean 'mode'?"},
        Case{"{\n\"servers\": []}", "t.json:2: servers: is empty"},
        Case{"{\n\"servers\": [{\"host\": \"a\", \"name\": \"p#1\"}]}",
             "t.json:2: servers[0]: must not contain '#'"},
        Case{"{\"servers\": [{\"host\": \"a\", \"name\": \"x\"},\n{\"host\": \"a\"}]}",
             "t.json:2: servers[1]: a port 123 is already configured"},
        Case{"{\"rules\": {\n\"builtins\": true}}",
             "t.json:2: rules.builtins: unknown key; did you mean 'builtin'?"},
        Case{"{\"rules\": {\n\"builtin\": \"yes\"}}",
             "t.json:2: rules.builtin: true or false was expected, not a string"},
        Case{"{\"rules\": {\n\"files\": \"a.json\"}}",
             "t.json:2: rules.files: an array was expected, not a string"},
        Case{"{\"rules\": {\n\"files\": [1]}}",
             "t.json:2: rules.files[0]: a string was expected, not an integer"},
        Case{"{\"log\": {\n\"level\": \"warn\"}}",
             "t.json:2: log.level: 'warn' is not one of debug, info, warning, error"},
        Case{"{\"log\": {\n\"format\": \"xml\"}}",
             "t.json:2: log.format: 'xml' is not one of logfmt, json"},
        Case{"{\"log\":\n3}", "t.json:2: log: an object was expected, not an integer"},
        Case{"\n[]", "t.json:2: an object was expected, not an array"},
        Case{"{\"step\": {\n\"at_startup\": \"always\"}}",
             "t.json:2: step.at_startup: 'always' is not one of never, forward, boot, any"},
        Case{"{\n\"state_directory\": \"\"}",
             "t.json:2: state_directory: must not be empty; the default is \"/var/lib/slewd\""},
        Case{"{\n\"state_directory\": \"/a\\u0000b\"}",
             "t.json:2: state_directory: contains control characters"},
        Case{"{\n\"control_socket\": \"/a\\nb\"}",
             "t.json:2: control_socket: contains control characters"}));

INSTANTIATE_TEST_SUITE_P(
    OwnSettings, RefusedConfig,
    testing::Values(
        Case{"{\"servers\": [{\"host\": \"192.0.2.1\",\n\"poll\": {\"min\": \"500ms\"}}]}",
             "t.json:2: servers[0].poll.min: 500ms is outside 1s to"},
        Case{"{\"pools\": [{\"host\": \"pool.example\",\n\"poll\": {\"min\": \"500ms\"}}]}",
             "t.json:2: pools[0].poll.min: 500ms is outside 1s to"},
        Case{"{\"servers\": [{\"host\": \"10.0.0.1\",\n\"poll\": {\"min\": \"100ms\"}}]}",
             "t.json:2: servers[0].poll.min: 100ms is outside 125ms to"},
        Case{"{\"servers\": [{\"host\": \"10.0.0.1\", \"poll\":\n{\"min\": \"2h\"}}]}",
             "t.json:2: servers[0].poll.min: min 2h is longer than max 17m4s"},
        Case{"{\"servers\": [{\"host\": \"10.0.0.1\",\n\"family\": \"ipv6\"}]}",
             "t.json:2: servers[0].family: host 10.0.0.1 is of the other family"},
        Case{"{\"servers\": [{\"host\": \"10.0.0.1\",\n\"bind_address\": \"eth0\"}]}",
             "t.json:2: servers[0].bind_address: 'eth0' is not a numeric address"},
        Case{"{\"servers\": [{\"host\": \"10.0.0.1\",\n\"bind_address\": \"::1\"}]}",
             "t.json:2: servers[0].bind_address: is of another family than host 10.0.0.1"},
        Case{"{\"servers\": [{\"host\": \"10.0.0.1\",\n\"bind_device\": \"a-name-beyond-15\"}]}",
             "t.json:2: servers[0].bind_device: is longer than 15 bytes"},
        Case{"{\"servers\": [{\"host\": \"10.0.0.1\",\n\"asymmetry\": 0.6}]}",
             "t.json:2: servers[0].asymmetry: 0.6 is outside -0.5 to 0.5"},
        Case{"{\"servers\": [{\"host\": \"10.0.0.1\",\n\"version\": 5}]}",
             "t.json:2: servers[0].version: 5 is outside 1 to 4"}));

INSTANTIATE_TEST_SUITE_P(
    W32time, RefusedConfig,
    testing::Values(
        Case{"{\"phase\": {\n\"profile\": \"windows\"}}",
             "t.json:2: phase.profile: 'windows' is not one of native, w32time"},
        Case{"{\"phase\": {\n\"special_poll_interval\": \"12h\"}}",
             "t.json:2: phase.special_poll_interval: needs \"profile\": \"w32time\"; "
             "add that, or remove this key"},
        Case{"{\"phase\": {\"profile\": \"native\",\n\"legacy_timer_driven\": false}}",
             "t.json:2: phase.legacy_timer_driven: needs \"profile\": \"w32time\""},
        Case{"{\"phase\": {\"profile\": \"w32time\",\n\"special_poll_interval\": \"37h\"}}",
             "t.json:2: phase.special_poll_interval: 37h is outside 1s to 1d12h"},
        Case{"{\"phase\": {\"profile\": \"w32time\",\n\"special_poll_interval\": \"1500ms\"}}",
             "t.json:2: phase.special_poll_interval: 1.5s is not a whole number of seconds"},
        Case{"{\"phase\": {\"profile\": \"w32time\",\n\"spike_watch\": \"1500ms\"}}",
             "t.json:2: phase.spike_watch: 1.5s is not a whole number of seconds"},
        Case{"{\"phase\": {\"profile\": \"w32time\",\n\"large_phase_offset\": \"430s\"}}",
             "t.json:2: phase.large_phase_offset: 7m10s is above the limit of w32time: 7m9s"},
        Case{"{\"poll\": {\"min\": \"100s\"}, \"phase\": {\"profile\": \"w32time\", "
             "\"special_poll_interval\": \"12h\",\n\"legacy_timer_driven\": true}}",
             "t.json:2: phase.legacy_timer_driven: the timer's interval is poll.min, and 1m40s is "
             "not "
             "a power of two in seconds; write for instance \"64s\""}));

INSTANTIATE_TEST_SUITE_P(
    Numbers, RefusedConfig,
    testing::Values(
        Case{"{\"poll\": {\n\"min\": 64}}", "t.json:2: poll.min: a text with a unit, for instance"},
        Case{"{\"poll\": {\n\"min\": \"64\"}}", "t.json:2: poll.min: "},
        Case{"{\"poll\": {\n\"min\": \"100ms\"}}",
             "t.json:2: poll.min: 100ms is outside 1s to 1d12h"},
        Case{"{\"poll\": {\n\"min\": \"2m\", \"max\": \"1m\"}}",
             "t.json:2: poll.min: min 2m is longer than max 1m"},
        Case{"{\"poll\": {\"max\": \"4s\",\n\"minn\": \"1s\", \"min\": \"1s\"}}",
             "t.json:2: poll.minn: unknown key; did you mean 'min'?"},
        Case{"{\"steering\": {\n\"max_slew\": \"500\"}}", "t.json:2: steering.max_slew: "},
        Case{"{\"steering\": {\n\"max_slew\": \"0ppm\"}}",
             "t.json:2: steering.max_slew: 0ppm is outside 1.000ppm to 100000.000ppm"},
        Case{"{\"steering\": {\n\"large_offset_slew\": \"11%\"}}",
             "t.json:2: steering.large_offset_slew: 11% is outside"},
        Case{"{\"steering\": {\n\"max_frequency\": \"499ppm\"}}",
             "t.json:2: steering.max_frequency: 499ppm is outside 500.000ppm to 100000.000ppm"},
        Case{"{\"steering\": {\n\"lease\": \"6m\"}}",
             "t.json:2: steering.lease: 6m is outside 1s to 5m"},
        Case{"{\"steering\": {\n\"large_offset\": \"0s\"}}", "t.json:2: steering.large_offset: "},
        Case{"{\"phase\": {\n\"hold_samples\": 0}}",
             "t.json:2: phase.hold_samples: 0 is outside 1 to 100"},
        Case{"{\"phase\": {\n\"hold_samples\": 2.5}}",
             "t.json:2: phase.hold_samples: a whole number was expected, not a number"},
        Case{"{\"phase\": {\n\"spike_watch\": \"900ppm\"}}", "t.json:2: phase.spike_watch: "},
        Case{"{\"phase\": {\n\"panic\": \"500ms\"}}", "t.json:2: phase.panic: 500ms is outside"},
        Case{"{\"selection\": {\n\"min_sources\": 33}}",
             "t.json:2: selection.min_sources: 33 is outside 1 to 32"},
        Case{"{\"selection\": {\n\"min_sources\": 5}}",
             "t.json:2: selection.min_sources: 5 cannot be reached: servers and pools give at most "
             "4"},
        Case{"{\"selection\": {\n\"max_distance\": \"17s\"}}",
             "t.json:2: selection.max_distance: 17s is outside"},
        Case{"{\"jumps\": {\n\"look_every\": \"1ms\"}}",
             "t.json:2: jumps.look_every: 1ms is outside 10ms to 1m"},
        Case{"{\n\"leap\": \"smear\"}", "t.json:2: leap: "},
        Case{"{\n\"leap_months\": [6, 13]}",
             "t.json:2: leap_months[1]: must be a month from 1 to 12"},
        Case{"{\n\"synchronized_bound\": \"1h\"}",
             "t.json:2: synchronized_bound: 1h is outside 1us to 16s"}));

INSTANTIATE_TEST_SUITE_P(
    Sources, RefusedConfig,
    testing::Values(
        Case{"{\"servers\": [\n{}]}", "t.json:2: servers[0].host: must be a host name or address"},
        Case{"{\"servers\": [\n\"a.example\"]}",
             "t.json:2: servers[0]: an object was expected, not a string"},
        Case{"{\n\"servers\": \"a.example\"}", "t.json:2: servers: an array was expected"},
        Case{"{\"servers\": [\n{\"host\": \"a\", \"port\": 0}]}",
             "t.json:2: servers[0].port: 0 is outside 1 to 65535"},
        Case{"{\"servers\": [\n{\"host\": \"a\", \"port\": 65536}]}",
             "t.json:2: servers[0].port: 65536 is outside"},
        Case{"{\"servers\": [\n{\"host\": \"a\", \"members\": 4}]}",
             "t.json:2: servers[0].members: unknown key"},
        Case{"{\"pools\": [\n{\"host\": \"a\", \"members\": 9}]}",
             "t.json:2: pools[0].members: 9 is outside 1 to 8"},
        Case{"{\"pools\": [\n{\"host\": \"a\", \"max_delay\": \"17s\"}]}",
             "t.json:2: pools[0].max_delay: 17s is outside"},
        Case{"{\"servers\": [{\"host\": \"a\"},\n{\"host\": \"a\"}]}",
             "t.json:2: servers[1]: the name 'a' is already used; set a different \"name\""},
        Case{"{\"servers\": [{\"host\": \"a\"}], \"pools\": [\n{\"host\": \"a\"}]}",
             "t.json:2: pools[0]: the name 'a' is already used"},
        Case{"{\"servers\": [\n{\"host\": \"a\\u0000b\"}]}",
             "t.json:2: servers[0].host: contains control characters"},
        Case{"{\"servers\": [\n{\"host\": \"a\", \"name\": \"a\\tb\"}]}",
             "t.json:2: servers[0].name: contains control characters"}));

class RefusedListen : public testing::TestWithParam<const char*> {};

TEST_P(RefusedListen, SaysHowToWriteIt) {
  EXPECT_EQ(config_refusal("{\n\"listen\": \"" + std::string(GetParam()) + "\"}"),
            "t.json:2: listen: '" + std::string(GetParam()) +
                "' is not a numeric address and port; write for instance \"127.0.0.1:10123\" or "
                "\"[::1]:10123\", or \"\" to disable HTTP");
}

INSTANTIATE_TEST_SUITE_P(Config, RefusedListen,
                         testing::Values("127.0.0.1", "127.0.0.1:", ":10123", "127.0.0.1:65536",
                                         "127.0.0.1:-1", "127.0.0.1:x", "127.0.0.1:000001",
                                         "localhost:10123", "::1:10123", "::1", "[::1]",
                                         "[::1:10123", "[127.0.0.1]:10123", "[]:10123",
                                         "[fe80::1%1]:10123", "10123"));

TEST(RefusedConfig, ListenTakesATextOnly) {
  EXPECT_EQ(config_refusal("{\"listen\": 10123}"),
            "t.json:1: listen: a string was expected, not an integer");
}

TEST(RefusedConfig, TakesNoMoreSourcesThanTheLimit) {
  std::string servers;
  for (std::size_t i = 0; i < limits::kSources; ++i)
    servers += (i == 0 ? "" : ",") + std::string(R"({"host": "h)") + std::to_string(i) + "\"}";
  EXPECT_EQ(config_refusal("{\"servers\": [" + servers + "]}"), "accepted");
  EXPECT_THAT(config_refusal("{\"servers\": [" + servers + R"(, {"host": "more"}]})"),
              HasSubstr("servers: more than 32 sources"));
}

TEST(RefusedConfig, AHostThatCanNeverWorkIsRefusedWithTheRightSpelling) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"192.168.1.253:1234", R"(has a port: write "host": "192.168.1.253", "port": 1234)"},
      {"0.debian.pool.ntp.org:123",
       R"(has a port: write "host": "0.debian.pool.ntp.org", "port": 123)"},
      {"[fe80::1]:1234", R"(must not have brackets: write "host": "fe80::1", "port": 1234)"},
      {"[2001:db8::1]", R"(must not have brackets: write "host": "2001:db8::1")"},
      {"ntp.example.org ", R"(begins or ends with a blank: write "host": "ntp.example.org")"},
      {"ntp.example.org iburst", R"(has a blank: write "host": "ntp.example.org", and)"},
      {"ntp://ntp.example.org", R"(is a URL: write "host": "ntp.example.org")"},
      {"https://ntp.example.org:123/x", R"(is a URL: write "host": "ntp.example.org")"},
      {"192.0.2.0/24", "contains a '/'"},
      {"224.0.1.1", "is a multicast address"},
      {"ff02::101", "is a multicast address"},
      {"255.255.255.255", "is the broadcast address"},
      {"0.0.0.0", "is not a server address"},
      {"::", "is not a server address"},
      {"127.127.1.0", "reference clock"},
      {"240.0.0.1", "is a reserved address"},
      {"::ffff:224.0.1.1", "is a multicast address"},
      {"fe80::1", R"(write "host": "fe80::1%eth0")"},
      {"192.168.1", "is not an IPv4 address"},
      {"192.168.1.300", "is not an IPv4 address"},
      {"2001:db8:::1", "is neither a name nor an IPv6 address"},
      {"a..example.org", "has an empty part"},
      {"-a.example.org", "begins or ends with '-'"},
      {"a,b", "contains the character ','"},
      {"zeit\u00e4.example", "xn--"},
  };
  for (const auto& [host, expected] : cases)
    EXPECT_THAT(config_refusal(R"({"servers": [{"host": ")" + host + "\"}]}"), HasSubstr(expected))
        << host;
}

TEST(RefusedConfig, AHostThatMayWorkIsAccepted) {
  for (const char* host : {"ntp", "ntp.example.org", "ntp.example.org.", "192.0.2.1", "127.0.0.1",
                           "2001:db8::1", "fe80::1%eth0", "::1", "::ffff:192.0.2.1", "a_b.example",
                           "3com.example.org", "xn--zeit-loa.example"})
    EXPECT_EQ(config_refusal(std::string(R"({"servers": [{"host": ")") + host + "\"}]}"),
              "accepted")
        << host;
}

TEST(RefusedConfig, AHostHasALimit) {
  std::string longest = "a";
  while (longest.size() < 253) longest += ".a";
  EXPECT_EQ(config_refusal(R"({"servers": [{"host": ")" + longest + "\"}]}"), "accepted");
  EXPECT_THAT(config_refusal(R"({"servers": [{"host": ")" + longest + "a\"}]}"),
              StartsWith("t.json:1: servers[0].host: is longer than 253 bytes"));
}

TEST(RefusedConfig, TellsEveryProblemAtOnce) {
  const std::string all = config_refusal("{\n\"mode\": 1,\n\"poll\": {\"min\": 3},\n\"x\": 0}");
  EXPECT_THAT(all, HasSubstr("t.json:2: mode: "));
  EXPECT_THAT(all, HasSubstr("t.json:3: poll.min: "));
  EXPECT_THAT(all, HasSubstr("t.json:4: x: unknown key"));
}

TEST(RefusedConfig, TextBeyondTheLimitIsRefused) {
  const auto config = parse_config(std::string(limits::kConfigBytes + 1, ' '), "t.json");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code(), ErrorCode::limit);
}

TEST(RefusedConfig, AnUnfinishedCommentIsNoEmptyFile) {
  EXPECT_THAT(config_refusal("/* {"), StartsWith("t.json:1: "));
}

TEST(RefusedConfigs, AFileThatACrashHasFilledWithNulsIsDamaged) {
  using namespace std::string_view_literals;
  EXPECT_THAT(config_refusal("{\"mode\":\n \"observe\"}\0\0\0"sv),
              StartsWith("t.json:2: has a NUL byte"));
  EXPECT_THAT(config_refusal("\0\0"sv), StartsWith("t.json:1: has a NUL byte"));
}

}  // namespace
}  // namespace slewd::app
