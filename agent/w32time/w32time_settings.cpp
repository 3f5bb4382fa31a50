// SPDX-License-Identifier: Apache-2.0
#include "agent/w32time/w32time_settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace slewd {
namespace {

constexpr std::uint32_t kMost = 0xFFFFFFFF;
constexpr std::uint32_t kLongestPoll = 17;  // RFC 5905 section 7.2, MAXPOLL: 36 h

constexpr auto kNumbers = [] {
  using S = W32timeSettings;
  using enum W32timeKey;
  return std::array<W32timeNumber, 11>{{
      {"SpecialPollInterval", ntp_client, &S::special_poll_interval, 1, kMost, "s"},
      {"MinPollInterval", config, &S::min_poll_interval, 0, kLongestPoll, "log2 s"},
      {"MaxPollInterval", config, &S::max_poll_interval, 0, kLongestPoll, "log2 s"},
      {"HoldPeriod", config, &S::hold_period, 0, kMost, "samples"},
      {"LargePhaseOffset", config, &S::large_phase_offset, 0, kMost, "100 ns"},
      {"SpikeWatchPeriod", config, &S::spike_watch_period, 0, kMost, "s"},
      {"MaxAllowedPhaseOffset", config, &S::max_allowed_phase_offset, 0, kMost, "s"},
      {"MaxPosPhaseCorrection", config, &S::max_pos_phase_correction, 0, kMost, "s"},
      {"MaxNegPhaseCorrection", config, &S::max_neg_phase_correction, 0, kMost, "s"},
      {"PhaseCorrectRate", config, &S::phase_correct_rate, 1, kMost, "scalar"},
      {"UpdateInterval", config, &S::update_interval, 0, kMost, "10 ms"},
  }};
}();

constexpr std::array<std::string_view, 53> kRegistryNames{"AllowNonstandardModeCombinations",
                                                          "AnnounceFlags",
                                                          "ChainDisable",
                                                          "ChainEntryTimeout",
                                                          "ChainLoggingRate",
                                                          "ChainMaxEntries",
                                                          "ChainMaxHostEntries",
                                                          "ClockAdjustmentAuditLimit",
                                                          "ClockHoldoverPeriod",
                                                          "CompatibilityFlags",
                                                          "CrossSiteSyncFlags",
                                                          "DllName",
                                                          "Enabled",
                                                          "EventLogFlags",
                                                          "FileLogEntries",
                                                          "FileLogFlags",
                                                          "FileLogName",
                                                          "FileLogSize",
                                                          "FrequencyCorrectRate",
                                                          "HoldPeriod",
                                                          "InputProvider",
                                                          "LargePhaseOffset",
                                                          "LargeSampleSkew",
                                                          "LastClockRate",
                                                          "LastKnownGoodTime",
                                                          "LeapSecondsEnabled",
                                                          "LocalClockDispersion",
                                                          "MaxAllowedPhaseOffset",
                                                          "MaxClockRate",
                                                          "MaxNegPhaseCorrection",
                                                          "MaxPollInterval",
                                                          "MaxPosPhaseCorrection",
                                                          "MinClockRate",
                                                          "MinPollInterval",
                                                          "NtpServer",
                                                          "PhaseCorrectRate",
                                                          "PollAdjustFactor",
                                                          "RequireSecureTimeSyncRequests",
                                                          "ResolvePeerBackoffMaxTimes",
                                                          "ResolvePeerBackoffMinutes",
                                                          "ServiceDll",
                                                          "ServiceDllUnloadOnStop",
                                                          "ServiceMain",
                                                          "SignatureAuthAllowed",
                                                          "SpecialPollInterval",
                                                          "SpecialPollTimeRemaining",
                                                          "SpikeWatchPeriod",
                                                          "SystemClockRate",
                                                          "TimeJumpAuditOffset",
                                                          "Type",
                                                          "UpdateInterval",
                                                          "UtilizeSslTimeData",
                                                          "VMICTimeProvider"};

bool fixed(const W32timePeer& peer) { return (peer.flags & W32timePeer::kSpecialInterval) != 0; }
bool fallback(const W32timePeer& peer) { return (peer.flags & W32timePeer::kFallbackOnly) != 0; }

Result<W32timePeer> parse_peer(std::string_view entry) {
  const auto comma = entry.find(',');
  W32timePeer peer{.host = std::string(entry.substr(0, comma)), .flags = 0};
  if (peer.host.empty())
    return fail(ErrorCode::invalid, "'" + std::string(entry) + "' has no host before the comma");
  if (comma == std::string_view::npos) return peer;
  std::string_view digits = entry.substr(comma + 1);
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    digits.remove_prefix(2);
    base = 16;
  }
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, peer.flags, base);
  if (parsed.ec != std::errc{} || parsed.ptr != end)
    return fail(ErrorCode::invalid, "the flags of '" + std::string(entry) +
                                        "' are not a number; write for instance \"" + peer.host +
                                        ",0x8\" (0x1 SpecialInterval, 0x2 UseAsFallbackOnly, "
                                        "0x4 SymmetricActive, 0x8 Client)");
  return peer;
}

}  // namespace

std::string_view to_string(W32timeRole role) {
  return role == W32timeRole::member ? "a domain member" : "a stand-alone machine";
}

std::string_view to_string(W32timeKey key) {
  using enum W32timeKey;
  switch (key) {
    case config:
      return "Config";
    case parameters:
      return "Parameters";
    case ntp_client:
      return "TimeProviders\\NtpClient";
  }
  return "";
}

std::string format(const W32timePeer& peer) {
  if (peer.flags == 0) return peer.host;
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), peer.flags, 16);
  return peer.host + ",0x" + std::string(digits.data(), end.ptr);
}

Result<std::vector<W32timePeer>> parse_peers(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  std::vector<W32timePeer> peers;
  while (true) {
    text = trim(text);
    if (text.empty()) return peers;
    const auto end = std::min(text.find_first_of(kBlank), text.size());
    auto peer = parse_peer(text.substr(0, end));
    if (!peer) return fail(std::move(peer.error()));
    peers.push_back(std::move(*peer));
    text.remove_prefix(end);
  }
}

bool W32timeSettings::polls_at_fixed_interval() const {
  if (type == "NT5DS" || type == "NoSync" || peers.empty()) return false;
  if (std::ranges::all_of(peers, fallback)) return std::ranges::all_of(peers, fixed);
  return std::ranges::all_of(peers,
                             [](const W32timePeer& peer) { return fallback(peer) || fixed(peer); });
}

std::chrono::seconds W32timeSettings::poll_interval() const {
  return polls_at_fixed_interval() ? std::chrono::seconds(special_poll_interval)
                                   : internal_interval();
}

std::chrono::seconds W32timeSettings::internal_interval() const {
  return std::chrono::seconds(std::int64_t{1} << std::min(min_poll_interval, kLongestPoll));
}

std::chrono::nanoseconds W32timeSettings::spike_offset() const {
  return std::chrono::nanoseconds(std::int64_t{large_phase_offset} * 100);
}

W32timeSettings w32time_defaults(W32timeRole role) {
  const bool member = role == W32timeRole::member;
  W32timeSettings settings;
  settings.type = member ? "NT5DS" : "NTP";
  if (!member) {
    settings.ntp_server = "time.windows.com,0x1";
    settings.peers = {{.host = "time.windows.com", .flags = W32timePeer::kSpecialInterval}};
  }
  settings.special_poll_interval = member ? 3600 : 604800;
  settings.min_poll_interval = 10;
  settings.max_poll_interval = 15;
  settings.hold_period = 5;
  settings.large_phase_offset = 50'000'000;
  settings.spike_watch_period = 900;
  settings.max_allowed_phase_offset = member ? 300 : 1;
  settings.max_pos_phase_correction = member ? W32timeSettings::kNoLimit : 54000;
  settings.max_neg_phase_correction = member ? W32timeSettings::kNoLimit : 54000;
  settings.phase_correct_rate = member ? 1 : 7;
  settings.update_interval = member ? 30000 : 360000;
  return settings;
}

std::span<const W32timeNumber> w32time_numbers() { return kNumbers; }
std::span<const std::string_view> w32time_names() { return kRegistryNames; }

}  // namespace slewd
