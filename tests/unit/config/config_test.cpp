// SPDX-License-Identifier: Apache-2.0
#include "agent/config/config.hpp"

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace slewd::app {
namespace {

using namespace std::chrono_literals;

Config parsed(std::string_view text) {
  auto config = parse_config(text, "t.json");
  EXPECT_TRUE(config) << config.error().describe();
  return config ? std::move(*config) : Config();
}

void expect_defaults(const Config& config) {
  EXPECT_EQ(config.core.mode, core::Mode::automatic);
  ASSERT_EQ(config.core.sources.size(), 1U);
  EXPECT_EQ(config.core.sources[0].host, "pool.ntp.org");
  EXPECT_EQ(config.core.sources[0].name, "pool.ntp.org");
  EXPECT_EQ(config.core.sources[0].port, 123);
  EXPECT_TRUE(config.core.sources[0].pool);
  EXPECT_EQ(config.core.sources[0].pool_members, 4);
  EXPECT_TRUE(config.core.sources[0].iburst);
  EXPECT_EQ(config.listen.host, "127.0.0.1");
  EXPECT_EQ(config.listen.port, 10123);
  EXPECT_EQ(config.control_socket, "/run/slewd/slewd.sock");
  EXPECT_EQ(config.state_directory, "/var/lib/slewd");
  EXPECT_TRUE(config.rules.builtin);
  EXPECT_TRUE(config.rules.files.empty());
  EXPECT_EQ(config.log.level, LogLevel::info);
  EXPECT_EQ(config.log.format, LogFormat::logfmt);
}

TEST(Config, AnEmptyTextMeansTheDefaults) { expect_defaults(parsed("")); }
TEST(Config, WhiteSpaceMeansTheDefaults) { expect_defaults(parsed(" \t\r\n\n")); }
TEST(Config, AnEmptyObjectMeansTheDefaults) { expect_defaults(parsed("{}")); }
TEST(Config, CommentsAloneMeanTheDefaults) {
  expect_defaults(parsed("// {\"mode\": \"observe\"}\n/* nothing\n else */"));
}

TEST(Config, TheDefaultsSlewAndStepBackwardsAfterABootOnly) {
  const core::CoreConfig core = parsed("").core;
  EXPECT_EQ(core.steering.max_slew, Ppm{500});
  EXPECT_EQ(core.steering.large_offset_slew, Ppm{5000});
  EXPECT_EQ(core.steering.large_offset, 128ms);
  EXPECT_EQ(core.steering.max_frequency, Ppm{2500});
  EXPECT_EQ(core.step.at_startup, core::StartupStep::boot);
  EXPECT_EQ(core.step.max_unconfirmed, 1000s);
  EXPECT_EQ(core.step.boot_window, 5min);
  EXPECT_EQ(core.phase.hold_samples, 5);
  EXPECT_EQ(core.phase.large_phase_offset, 5s);
  EXPECT_EQ(core.phase.spike_watch, 900s);
  EXPECT_EQ(core.poll, (core::PollRange{64s, 1024s}));
  EXPECT_EQ(core.leap.mode, core::LeapMode::slew);
  EXPECT_EQ(core.leap.months, (std::vector{6, 12}));
}

TEST(Config, ReadsEveryKeyOfTheCore) {
  const core::CoreConfig core = parsed(R"({
    "mode": "takeover", "synchronized_bound": "250ms",
    "leap": "kernel", "leap_months": [3, 6, 9, 12],
    "poll": {"min": "16s", "max": "36h"},
    "steering": {"max_slew": "100ppm", "large_offset_slew": "10%", "large_offset": "1h",
                 "lease": "1s", "max_frequency": "3000ppm"},
    "phase": {"hold_samples": 7, "large_phase_offset": "3s", "spike_watch": "1m",
              "spike_floor": "50ms", "panic": "2000s", "max_slew_eta": "1d"},
    "selection": {"min_sources": 2, "max_distance": "1500ms"},
    "step": {"at_startup": "any", "threshold": "1s", "max_unconfirmed": "2h",
             "boot_window": "90s"},
    "jumps": {"floor": "2ms", "look_every": "100ms", "after_pause": "step_forward"}})")
                                    .core;
  EXPECT_EQ(core.mode, core::Mode::takeover);
  EXPECT_EQ(core.synchronized_bound, 250ms);
  EXPECT_EQ(core.leap.mode, core::LeapMode::kernel);
  EXPECT_EQ(core.leap.months, (std::vector{3, 6, 9, 12}));
  EXPECT_EQ(core.poll, (core::PollRange{16s, 36h}));
  EXPECT_EQ(core.steering.max_slew, Ppm{100});
  EXPECT_EQ(core.steering.large_offset_slew, Ppm{100'000});
  EXPECT_EQ(core.steering.large_offset, 1h);
  EXPECT_EQ(core.steering.lease, 1s);
  EXPECT_EQ(core.steering.max_frequency, Ppm{3000});
  EXPECT_EQ(core.phase.hold_samples, 7);
  EXPECT_EQ(core.phase.large_phase_offset, 3s);
  EXPECT_EQ(core.phase.spike_watch, 1min);
  EXPECT_EQ(core.phase.spike_floor, 50ms);
  EXPECT_EQ(core.phase.panic, 2000s);
  EXPECT_EQ(core.phase.max_slew_eta, 24h);
  EXPECT_EQ(core.selection.min_sources, 2);
  EXPECT_EQ(core.selection.max_distance, 1500ms);
  EXPECT_EQ(core.step.at_startup, core::StartupStep::any);
  EXPECT_EQ(core.step.threshold, 1s);
  EXPECT_EQ(core.step.max_unconfirmed, 2h);
  EXPECT_EQ(core.step.boot_window, 90s);
  EXPECT_EQ(core.jumps.floor, 2ms);
  EXPECT_EQ(core.jumps.look_every, 100ms);
  EXPECT_EQ(core.jumps.after_pause, core::AfterPause::step_forward);
}

TEST(Config, JumpsGoToTheJournalOnlyWhenAskedFor) {
  EXPECT_FALSE(parsed("").journal_jumps);
  EXPECT_FALSE(parsed(R"({"jumps": {"floor": "2ms"}})").journal_jumps);
  EXPECT_TRUE(parsed(R"({"jumps": {"journal": true}})").journal_jumps);
}

TEST(Config, TheProfileIsNativeUnlessW32timeIsAskedFor) {
  EXPECT_EQ(parsed("").core.phase.profile, core::Profile::native);
  EXPECT_EQ(parsed(R"({"phase": {"profile": "native"}})").core.phase.profile,
            core::Profile::native);
  const core::PhaseConfig plain = parsed(R"({"phase": {"profile": "w32time"}})").core.phase;
  EXPECT_EQ(plain.profile, core::Profile::w32time);
  EXPECT_FALSE(plain.special_poll_interval);
  EXPECT_FALSE(plain.legacy_timer_driven);
  const core::PhaseConfig fixed =
      parsed(R"({"phase": {"legacy_timer_driven": true, "special_poll_interval": "12h",
                           "profile": "w32time"}})")
          .core.phase;
  EXPECT_EQ(fixed.special_poll_interval, Nanos(12h));
  EXPECT_TRUE(fixed.legacy_timer_driven);
}

TEST(Config, ReadsEveryKeyAroundTheCore) {
  const Config config = parsed(R"({
    "control_socket": "/tmp/s.sock", "state_directory": "/tmp/state", "trace_file": "/tmp/trace.jsonl",
    "rules": {"builtin": false, "files": ["/a.json", "/b.json"]},
    "log": {"level": "debug", "format": "json"}})");
  EXPECT_EQ(config.control_socket, "/tmp/s.sock");
  EXPECT_EQ(config.state_directory, "/tmp/state");
  EXPECT_EQ(config.trace_file, "/tmp/trace.jsonl");
  EXPECT_FALSE(config.rules.builtin);
  EXPECT_EQ(config.rules.files, (std::vector<std::string>{"/a.json", "/b.json"}));
  EXPECT_EQ(config.log.level, LogLevel::debug);
  EXPECT_EQ(config.log.format, LogFormat::json);
}

TEST(Config, KnowsEveryWordOfTheEnumerations) {
  EXPECT_EQ(parsed(R"({"mode": "observe"})").core.mode, core::Mode::observe);
  EXPECT_EQ(parsed(R"({"mode": "auto"})").core.mode, core::Mode::automatic);
  EXPECT_EQ(parsed(R"({"step": {"at_startup": "never"}})").core.step.at_startup,
            core::StartupStep::never);
  EXPECT_EQ(parsed(R"({"step": {"at_startup": "forward"}})").core.step.at_startup,
            core::StartupStep::forward);
  EXPECT_EQ(parsed(R"({"log": {"level": "info"}})").log.level, LogLevel::info);
  EXPECT_EQ(parsed(R"({"log": {"level": "warning"}})").log.level, LogLevel::warning);
  EXPECT_EQ(parsed(R"({"log": {"level": "error"}})").log.level, LogLevel::error);
  EXPECT_EQ(parsed(R"({"log": {"format": "logfmt"}})").log.format, LogFormat::logfmt);
}

TEST(Config, ReadsEveryKeyOfAServer) {
  const Config config = parsed(R"({"servers": [
    {"host": "192.0.2.1", "name": "one", "port": 11123, "iburst": false, "prefer": true,
     "trust": true, "require": true, "noselect": true, "max_delay": "500ms",
     "max_delay_ratio": 2.5, "min_delay": "80us", "asymmetry": -0.25, "offset": "-50us",
     "version": 3, "family": "ipv4", "bind_address": "192.0.2.9", "bind_device": "eth1",
     "dscp": 46, "poll": {"min": "16s", "max": "32s"}}]})");
  ASSERT_EQ(config.core.sources.size(), 1U);
  const core::SourceConfig& source = config.core.sources[0];
  EXPECT_EQ(source.host, "192.0.2.1");
  EXPECT_EQ(source.name, "one");
  EXPECT_EQ(source.port, 11123);
  EXPECT_FALSE(source.pool);
  EXPECT_FALSE(source.iburst);
  EXPECT_TRUE(source.prefer);
  EXPECT_TRUE(source.trust);
  EXPECT_TRUE(source.require);
  EXPECT_TRUE(source.noselect);
  EXPECT_EQ(source.max_delay, 500ms);
  EXPECT_EQ(source.max_delay_ratio, 2.5);
  EXPECT_EQ(source.min_delay, 80us);
  EXPECT_EQ(source.asymmetry, -0.25);
  EXPECT_EQ(source.offset, -50us);
  EXPECT_EQ(source.version, 3);
  EXPECT_EQ(source.family, core::AddressFamily::ipv4);
  EXPECT_EQ(source.local, (core::LocalEnd{"192.0.2.9", "eth1", 46}));
  EXPECT_EQ(source.poll, (core::PollRange{16s, 32s}));
}

TEST(Config, ServersAndPoolsTakeThePlaceOfTheDefaultPool) {
  const Config config = parsed(R"({"servers": [{"host": "a.example"}],
                                   "pools": [{"host": "b.example", "members": 8}]})");
  ASSERT_EQ(config.core.sources.size(), 2U);
  EXPECT_EQ(config.core.sources[0].name, "a.example");
  EXPECT_FALSE(config.core.sources[0].pool);
  EXPECT_EQ(config.core.sources[1].name, "b.example");
  EXPECT_TRUE(config.core.sources[1].pool);
  EXPECT_EQ(config.core.sources[1].pool_members, 8);
}

TEST(Config, WhoObservesMayHaveNoServers) {
  EXPECT_TRUE(parsed(R"({"mode": "observe", "servers": []})").core.sources.empty());
}

TEST(Config, NamesASourceAfterItsHostAndItsUnusualPort) {
  const Config config =
      parsed(R"({"servers": [{"host": "127.0.0.1"}, {"host": "127.0.0.1", "port": 1123}]})");
  ASSERT_EQ(config.core.sources.size(), 2U);
  EXPECT_EQ(config.core.sources[0].name, "127.0.0.1");
  EXPECT_EQ(config.core.sources[1].name, "127.0.0.1:1123");
}

struct ListenCase {
  const char* text;
  const char* host;
  int port;
};

class ListenForms : public testing::TestWithParam<ListenCase> {};

TEST_P(ListenForms, AreUnderstood) {
  const Config config = parsed(std::string(R"({"listen": ")") + GetParam().text + "\"}");
  EXPECT_EQ(config.listen.host, GetParam().host);
  EXPECT_EQ(config.listen.port, GetParam().port);
}

INSTANTIATE_TEST_SUITE_P(Config, ListenForms,
                         testing::Values(ListenCase{"127.0.0.1:9", "127.0.0.1", 9},
                                         ListenCase{"0.0.0.0:10123", "0.0.0.0", 10123},
                                         ListenCase{"[::1]:10123", "::1", 10123},
                                         ListenCase{"[::]:65535", "::", 65535},
                                         ListenCase{"127.0.0.1:0", "127.0.0.1", 0},
                                         ListenCase{"", "", 0}));

// Collects every member name of a document.
void collect(const nlohmann::json& value, std::set<std::string>& names) {
  for (const auto& [key, inner] : value.items()) {
    if (value.is_object()) names.insert(key);
    if (inner.is_structured()) collect(inner, names);
  }
}

std::string document(const std::string& path) {
  std::ifstream file(std::string(SLEWD_SOURCE_DIR) + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ConfigReference, NamesEveryMemberThatAFileMayHave) {
  const std::string every = document("/tests/fuzz/corpus/config_fuzz/every_key.json");
  ASSERT_TRUE(parse_config(every, "every_key.json"));
  const std::string reference = document("/docs/configuration.md");
  std::set<std::string> names;
  collect(nlohmann::json::parse(every), names);
  EXPECT_GT(names.size(), 30U);
  for (const std::string& name : names)
    EXPECT_NE(reference.find(name), std::string::npos)
        << name << " is not in docs/configuration.md";
}

// All that two configurations can differ in.
auto every_value(const Config& config) {
  const core::CoreConfig& core = config.core;
  return std::tuple(
      std::tuple(core.mode, core.sources, core.poll, core.steering, core.phase,
                 core.synchronized_bound, core.selection.min_sources, core.selection.max_distance),
      std::tuple(core.step.at_startup, core.step.threshold, core.step.max_unconfirmed,
                 core.step.boot_window, core.jumps.floor, core.jumps.look_every,
                 core.jumps.after_pause, core.leap.mode, core.leap.months),
      std::tuple(config.listen.host, config.listen.port, config.control_socket,
                 config.origins.folders, config.origins.dhcp, config.time_bound,
                 config.state_directory, config.trace_file, config.leap_list, config.journal_jumps,
                 config.log, config.seccomp, config.user),
      std::tuple(config.rules.builtin, config.rules.files, config.rules.folder,
                 config.rules.modes.size()));
}

// The values between backquotes of a cell.
std::vector<std::string> quoted(const std::string& cell) {
  std::vector<std::string> found;
  const std::regex pattern("`([^`]*)`");
  for (std::sregex_iterator at(cell.begin(), cell.end(), pattern), end; at != end; ++at)
    found.push_back((*at)[1]);
  return found;
}

// A file that sets one member of docs/configuration.md, and the same file without it.
std::pair<nlohmann::json, nlohmann::json> with_and_without(const std::string& member,
                                                           const nlohmann::json& value) {
  const auto dot = member.find('.');
  if (dot != std::string::npos)
    return {{{member.substr(0, dot), {{member.substr(dot + 1), value}}}}, nlohmann::json::object()};
  const nlohmann::json every =
      nlohmann::json::parse(document("/tests/fuzz/corpus/config_fuzz/every_key.json"));
  if (every.contains(member)) return {{{member, value}}, nlohmann::json::object()};
  nlohmann::json server = {{"host", "192.0.2.1"}};
  const nlohmann::json bare = {{"pools", {server}}};
  server[member] = value;
  return {{{"pools", {server}}}, bare};
}

TEST(ConfigReference, ItsDefaultsAreThoseOfTheDecoder) {
  std::istringstream reference(document("/docs/configuration.md"));
  const std::regex row(R"(\| ((?:`[a-z_.]+`(?:, )?)+) \| ((?:`[^`]+`(?:, )?)+) \|.*)");
  int compared = 0;
  for (std::string line; std::getline(reference, line);) {
    std::smatch found;
    if (!std::regex_match(line, found, row)) continue;
    const auto members = quoted(found[1]);
    const auto values = quoted(found[2]);
    ASSERT_EQ(members.size(), values.size()) << line;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto [with, without] = with_and_without(members[i], nlohmann::json::parse(values[i]));
      EXPECT_TRUE(every_value(parsed(with.dump())) == every_value(parsed(without.dump()))) << line;
      ++compared;
    }
  }
  EXPECT_GT(compared, 45);
}

}  // namespace
}  // namespace slewd::app
