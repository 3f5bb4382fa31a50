// SPDX-License-Identifier: Apache-2.0
#include "agent/w32time/w32time_file.hpp"

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

const std::string kHead = "Windows Registry Editor Version 5.00\r\n\r\n";
const std::string kService = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\W32Time";

std::string section(const std::string& subkey, const std::string& body) {
  return "[" + kService + "\\" + subkey + "]\r\n" + body + "\r\n";
}

std::string utf16le(std::string_view ascii) {
  std::string bytes = "\xFF\xFE";
  for (const char c : ascii) bytes += {c, '\0'};
  return bytes;
}

W32timeFile read(std::string_view text) {
  auto file = parse_w32time_file(text, "w.reg");
  EXPECT_TRUE(file) << file.error().describe();
  return file ? *file : W32timeFile{};
}

std::string complaint(std::string_view text) {
  const auto file = parse_w32time_file(text, "w.reg");
  EXPECT_FALSE(file) << "was taken: " << text;
  return file ? "" : file.error().describe();
}

std::string half_a_day_file() {
  return kHead +
         section("Config",
                 "\"MinPollInterval\"=dword:0000000a\r\n\"HoldPeriod\"=dword:5 ; samples\r\n") +
         section(
             "Parameters",
             "; who is asked\r\n\"Type\"=\"NTP\"\r\n\"ServiceDll\"=hex(2):25,00,73,00,\\\r\n"
             "  79,00,00,00\r\n\"NtpServer\"=\"time.windows.com,0x9 ntp.example.net,0x1\"\r\n") +
         section("TimeProviders\\NtpClient", "\"SpecialPollInterval\"=dword:0000a8c0\r\n");
}

TEST(W32timeFile, ReadsWhatRegistryEditorsWrite) {
  for (const std::string& text :
       {half_a_day_file(), utf16le(half_a_day_file()), "\xEF\xBB\xBF" + half_a_day_file()}) {
    const W32timeFile file = read(text);
    EXPECT_EQ(file.settings.special_poll_interval, 43200U);
    EXPECT_EQ(file.settings.min_poll_interval, 10U);
    EXPECT_EQ(file.settings.hold_period, 5U);
    ASSERT_EQ(file.settings.peers.size(), 2U);
    EXPECT_EQ(file.settings.peers[0], (W32timePeer{.host = "time.windows.com", .flags = 9}));
    EXPECT_EQ(file.line_of("MinPollInterval"), 4);
    EXPECT_EQ(file.line_of("NtpServer"), 12);
    EXPECT_EQ(file.line_of("SpecialPollInterval"), 15);
    EXPECT_EQ(file.line_of("SpikeWatchPeriod"), std::nullopt);
    EXPECT_EQ(file.settings.spike_watch_period, 900U);
    EXPECT_TRUE(file.notes.empty()) << file.notes.front();
  }
}

TEST(W32timeFile, ReadsJsonWithTheSameNamesAndComments) {
  const W32timeFile file = read(
      "// twice a day\n{\n  \"SpecialPollInterval\": 43200,\n  \"MaxPosPhaseCorrection\": "
      "4294967295,\n"
      "  \"NtpServer\": \"a,0x8\"\n}\n");
  EXPECT_EQ(file.settings.special_poll_interval, 43200U);
  EXPECT_EQ(file.settings.max_pos_phase_correction, W32timeSettings::kNoLimit);
  EXPECT_FALSE(file.settings.polls_at_fixed_interval());
  EXPECT_EQ(file.line_of("SpecialPollInterval"), 3);
}

TEST(W32timeFile, FillsGapsWithTheDefaultsOfTheRoleThatTypeTells) {
  const W32timeFile alone = read(R"({"HoldPeriod": 5})");
  EXPECT_EQ(alone.role, W32timeRole::standalone);
  EXPECT_EQ(alone.settings.special_poll_interval, 604800U);
  const W32timeFile member = read(R"({"HoldPeriod": 5, "Type": "nt5ds"})");
  EXPECT_EQ(member.role, W32timeRole::member);
  EXPECT_EQ(member.settings.type, "NT5DS");
  EXPECT_EQ(member.settings.special_poll_interval, 3600U);
  EXPECT_EQ(member.settings.max_pos_phase_correction, W32timeSettings::kNoLimit);
}

TEST(W32timeFile, LetsPoliciesOutrankTheServicesOwnKeys) {
  const std::string policy =
      "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\W32Time\\TimeProviders\\NtpClient]\r\n"
      "\"SpecialPollInterval\"=dword:00000400\r\n\r\n";
  const W32timeFile file =
      read(kHead + policy +
           section("TimeProviders\\NtpClient", "\"SpecialPollInterval\"=dword:0000a8c0\r\n"));
  EXPECT_EQ(file.settings.special_poll_interval, 1024U);
  EXPECT_EQ(file.line_of("SpecialPollInterval"), 4);
}

TEST(W32timeFile, PassesOtherKeysAndTheServicesOwnTypeNumberBy) {
  const W32timeFile file = read(kHead + "[" + kService + "]\r\n\"Type\"=dword:00000020\r\n" +
                                section("TriggerInfo\\0", "\"Type\"=dword:00000014\r\n") +
                                "[HKEY_CURRENT_USER\\Console]\r\n\"MinPollInterval\"=\"none\"\r\n" +
                                section("Config", "\"HoldPeriod\"=dword:00000003\r\n"));
  EXPECT_EQ(file.settings.type, "NTP");
  EXPECT_EQ(file.settings.hold_period, 3U);
}

TEST(W32timeFile, NotesWhatWindowsWouldIgnoreInSilence) {
  const W32timeFile file =
      read(kHead + section("Config",
                           "\"SpecialPollInterval\"=dword:0000a8c0\r\n"
                           "\"SpikeWatchPerod\"=dword:00000384\r\n\"MinPollInterval\"=hex:0a,\\\r\n"
                           "  00\r\n\"MaxPollInterval\"=-\r\n\"HoldPeriod\"=dword:5\r\n"));
  ASSERT_EQ(file.notes.size(), 4U);
  EXPECT_EQ(file.notes[0],
            "w.reg:4: SpecialPollInterval is not read there by Windows; move it to "
            "W32Time\\TimeProviders\\NtpClient");
  EXPECT_EQ(file.notes[1],
            "w.reg:5: SpikeWatchPerod is not a documented value of w32time; did you mean "
            "'SpikeWatchPeriod'?");
  EXPECT_EQ(file.notes[2],
            "w.reg:6: MinPollInterval is a hexadecimal list and is ignored: the default applies");
  EXPECT_EQ(file.notes[3], "w.reg:8: MaxPollInterval is removed by the file: the default applies");
  EXPECT_EQ(file.settings.special_poll_interval, 604800U);
  EXPECT_EQ(file.line_of("HoldPeriod"), 9);
}

TEST(W32timeFile, NamesTheLineOfEveryMistakeAndWhatWouldBeRight) {
  const std::string text =
      kHead +
      section("Config",
              "\"MinPollInterval\"=dword:00000020\r\n\"HoldPeriod\"=\"5\"\r\n"
              "\"SpikeWatchPeriod\"=900\r\n\"MaxPollInterval\"=dwrd:0000000f\r\n"
              "\"LargePhaseOffset\"=dword:50000000x\r\nHoldPeriod=dword:5\r\n") +
      section("Parameters", "\"NtpServer\"=\"a,0x9 b,special\"\r\n\"Type\"=\"NTTP\"\r\n") +
      "[HKEY_LOCAL_MACHINE\\SYSTEM\r\n\"x\"=\"y\r\n\"x\r\n\"x\" 1\r\n";
  const std::string said = complaint(text);
  for (const char* part :
       {"w.reg:4: MinPollInterval: 32 is outside 0 to 17 (log2 s)",
        "w.reg:5: HoldPeriod: must be a number (dword: in a registry file), not the text '5'",
        "w.reg:6: SpikeWatchPeriod: dword:, a text in quotes, hex: or - was expected, not '900'; "
        "did "
        "you mean dword:00000384?",
        "did you mean 'dword'?", "w.reg:8: LargePhaseOffset: '50000000x' is not 1 to 8 hexadecimal",
        "w.reg:9: a value was expected",
        "w.reg:12: NtpServer: the flags of 'b,special' are not a number; write for instance "
        "\"b,0x8\"",
        "w.reg:13: Type: 'NTTP' is not one of NTP, NT5DS, AllSync, NoSync; did you mean 'NTP'?",
        "w.reg:15: the key is not closed", "w.reg:16: x: the text has no closing",
        "w.reg:17: the value's name has no closing", "w.reg:18: x: '=' was expected"})
    EXPECT_NE(said.find(part), std::string::npos) << part << "\nin:\n" << said;
}

TEST(W32timeFile, NamesTheLineOfAMistakeInJson) {
  EXPECT_EQ(complaint("{\n\"SpecialPolInterval\": 1\n}"),
            "w.reg:2: SpecialPolInterval: unknown value; did you mean 'SpecialPollInterval'?");
  EXPECT_EQ(complaint("{\n\"SpecialPollInterval\": 0\n}"),
            "w.reg:2: SpecialPollInterval: 0 is outside 1 to 4294967295 (s)");
  EXPECT_EQ(complaint("{\"HoldPeriod\": true}"),
            "w.reg:1: HoldPeriod: must be a whole number or a text, not a boolean");
  EXPECT_EQ(complaint("{\"NtpServer\": 5}"),
            "w.reg:1: NtpServer: must be a text, for instance \"time.windows.com,0x9\"");
  EXPECT_NE(complaint("{\n\"HoldPeriod\": 5,\n").find("w.reg:3: "), std::string::npos);
}

TEST(W32timeFile, RefusesABottomAboveTheTop) {
  EXPECT_EQ(complaint(R"({"MinPollInterval": 12, "MaxPollInterval": 10})"),
            "w.reg:1: MinPollInterval: 12 is above MaxPollInterval, which is 10; lower this one or "
            "raise the other");
  EXPECT_NE(complaint(R"({"MinPollInterval": 16})").find("15 by default"), std::string::npos);
}

TEST(W32timeFile, RefusesWhatIsNoSettingsFile) {
  EXPECT_NE(complaint("").find("w.reg:1: neither a registry file"), std::string::npos);
  EXPECT_NE(complaint("\n\nserver a iburst\n").find("w.reg:3: neither"), std::string::npos);
  EXPECT_NE(complaint(kHead).find("reg export"), std::string::npos);
  EXPECT_NE(complaint("{}").find("contains no value"), std::string::npos);
  EXPECT_NE(complaint("\xFE\xFF").find("high byte first"), std::string::npos);
  EXPECT_NE(complaint("\xFF\xFE{").find("half a character"), std::string::npos);
  EXPECT_NE(complaint(utf16le(kHead).substr(2)).find("zero bytes"), std::string::npos);
}

TEST(W32timeFile, TurnsUtf16OfEveryPlaneIntoUtf8) {
  // e-acute, the euro sign, a clock face (a surrogate pair), and half a pair.
  const std::string bytes("\xFF\xFE\xE9\x00\xAC\x20\x3D\xD8\x50\xDD\x3D\xD8", 12);
  const std::string said = complaint(bytes);
  EXPECT_NE(said.find("neither"), std::string::npos);
  const std::string peers = R"({"NtpServer": "X,0x1"})";
  std::string wide = utf16le(peers);
  const auto at = wide.find('X');
  wide.replace(at, 2, bytes.substr(2));
  EXPECT_EQ(read(wide).settings.peers.front().host,
            "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x95\x90\xEF\xBF\xBD");
}

TEST(W32timeSettings, AFallbackPeerDoesNotCountBesideOthers) {
  const auto fixed = [](const char* servers) {
    W32timeSettings settings = w32time_defaults(W32timeRole::standalone);
    settings.peers = parse_peers(servers).value();
    return settings.polls_at_fixed_interval();
  };
  EXPECT_TRUE(fixed("a,0x9"));
  EXPECT_TRUE(fixed("a,1 b,0x0B"));
  EXPECT_TRUE(fixed("a,0x1 b,0x2"));
  EXPECT_FALSE(fixed("a,0x8 b,0x3"));
  EXPECT_FALSE(fixed("a,0x9 b,0x8"));
  EXPECT_FALSE(fixed("a"));
  EXPECT_FALSE(fixed(""));
}

TEST(W32timeSettings, WritesPeersAsTheRegistryHasThem) {
  EXPECT_EQ(format(W32timePeer{.host = "a", .flags = 9}), "a,0x9");
  EXPECT_EQ(format(W32timePeer{.host = "a", .flags = 0}), "a");
}

}  // namespace
}  // namespace slewd::core
