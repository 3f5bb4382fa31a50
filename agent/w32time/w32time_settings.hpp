// SPDX-License-Identifier: Apache-2.0
// The registry values of the Windows Time service (w32time) that decide when an offset is
// corrected, under their own names, with Windows' defaults: read to be checked for the fault of
// KB2638243, and what slewd's own `profile: w32time` runs by (docs/w32time.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace slewd {

// Whose defaults hold for a value that is not given. Type shows it: NT5DS is a domain member's.
enum class W32timeRole { standalone, member };
[[nodiscard]] std::string_view to_string(W32timeRole role);

// One entry of NtpServer: "time.windows.com,0x9".
struct W32timePeer {
  static constexpr std::uint32_t kSpecialInterval = 0x1;
  static constexpr std::uint32_t kFallbackOnly = 0x2;

  std::string host;
  std::uint32_t flags = 0;

  friend bool operator==(const W32timePeer&, const W32timePeer&) = default;
};

// "time.windows.com,0x9"; without flags the host alone.
[[nodiscard]] std::string format(const W32timePeer& peer);

// Every peer of the blank-separated list, or what is wrong with the first bad entry.
[[nodiscard]] Result<std::vector<W32timePeer>> parse_peers(std::string_view text);

// As the registry has them: each value in its own unit.
struct W32timeSettings {
  static constexpr std::uint32_t kNoLimit = 0xFFFFFFFF;  // of the two phase correction limits

  std::string type;                          // Parameters: NTP, NT5DS, AllSync or NoSync
  std::string ntp_server;                    // Parameters, as written
  std::vector<W32timePeer> peers;            // what ntp_server says
  std::uint32_t special_poll_interval{};     // TimeProviders\NtpClient, s
  std::uint32_t min_poll_interval{};         // log2 s
  std::uint32_t max_poll_interval{};         // log2 s
  std::uint32_t hold_period{};               // samples
  std::uint32_t large_phase_offset{};        // 100 ns
  std::uint32_t spike_watch_period{};        // s
  std::uint32_t max_allowed_phase_offset{};  // s: beyond it the clock is set, below it slewed
  std::uint32_t max_pos_phase_correction{};  // s: beyond it nothing is corrected; kNoLimit = always
  std::uint32_t max_neg_phase_correction{};  // s
  std::uint32_t phase_correct_rate{};        // scalar
  std::uint32_t update_interval{};           // 10 ms

  // Whether manual peers are used, all at the fixed SpecialPollInterval. Fallback peers count only
  // without others.
  [[nodiscard]] bool polls_at_fixed_interval() const;
  // Between two samples: SpecialPollInterval, or else the shortest that the service chooses itself.
  [[nodiscard]] std::chrono::seconds poll_interval() const;
  // The pace of the internal state: 2^MinPollInterval.
  [[nodiscard]] std::chrono::seconds internal_interval() const;
  [[nodiscard]] std::chrono::nanoseconds spike_offset() const;  // LargePhaseOffset
};

[[nodiscard]] W32timeSettings w32time_defaults(W32timeRole role);

// Subkeys of ...\Services\W32Time.
enum class W32timeKey { config, parameters, ntp_client };
[[nodiscard]] std::string_view to_string(W32timeKey key);

// One number of the settings: where it lies, what it may be.
struct W32timeNumber {
  std::string_view name;
  W32timeKey key;
  std::uint32_t W32timeSettings::*field;
  std::uint32_t lowest;
  std::uint32_t highest;
  std::string_view unit;
};
// In the order in which a reader wants to see them.
[[nodiscard]] std::span<const W32timeNumber> w32time_numbers();

// Every documented name, used here or not, so that an unknown one is a misspelling.
[[nodiscard]] std::span<const std::string_view> w32time_names();

}  // namespace slewd
