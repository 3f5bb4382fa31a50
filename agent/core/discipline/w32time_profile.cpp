// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/w32time_profile.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>

namespace slewd::core {
namespace {

std::uint32_t whole_seconds(Nanos time) {
  return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(time).count());
}

std::uint32_t log2_seconds(Nanos time) {
  return static_cast<std::uint32_t>(std::bit_width(std::max(whole_seconds(time), 1U))) - 1;
}

}  // namespace

W32timeSettings w32time_settings(const CoreConfig& config) {
  const PhaseConfig& phase = config.phase;
  W32timeSettings settings = w32time_defaults(W32timeRole::standalone);
  settings.peers.front().flags =
      phase.special_poll_interval ? W32timePeer::kSpecialInterval : std::uint32_t{0};
  settings.ntp_server = format(settings.peers.front());
  settings.special_poll_interval = whole_seconds(phase.special_poll_interval.value_or(Nanos{0}));
  settings.min_poll_interval = log2_seconds(config.poll.minimum);
  settings.max_poll_interval = log2_seconds(config.poll.maximum);
  settings.hold_period = static_cast<std::uint32_t>(phase.hold_samples);
  settings.large_phase_offset = static_cast<std::uint32_t>(
      std::min(phase.large_phase_offset, kLongestLargePhaseOffset).count() / 100);
  settings.spike_watch_period = whole_seconds(phase.spike_watch);
  settings.max_pos_phase_correction = W32timeSettings::kNoLimit;
  settings.max_neg_phase_correction = W32timeSettings::kNoLimit;
  return settings;
}

bool legacy_timer_runs(const CoreConfig& config) {
  const PhaseConfig& phase = config.phase;
  return phase.profile == Profile::w32time && phase.legacy_timer_driven &&
         phase.special_poll_interval;
}

std::optional<W32timeFault> find_kb2638243(const CoreConfig& config) {
  if (!legacy_timer_runs(config)) return std::nullopt;
  return find_kb2638243(w32time_settings(config));
}

}  // namespace slewd::core
