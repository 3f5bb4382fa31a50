// SPDX-License-Identifier: Apache-2.0
#include "agent/w32time/w32time_fault.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string>

#include "agent/w32time/w32time_machine.hpp"

namespace slewd {
namespace {

using std::chrono::seconds;

// Ticks from entering Unset until Sync: one to Hold, then one for each sample of the hold period.
std::int64_t ticks_to_sync(const W32timeSettings& settings) {
  return 1 + std::max<std::int64_t>(1, settings.hold_period);
}

std::int64_t ceil_divide(seconds dividend, seconds divisor) {
  return (dividend + divisor - seconds(1)) / divisor;
}

std::optional<W32timeFault> find(const W32timeSettings& settings) {
  if (w32time_drive(settings) != W32timeDrive::timer) return std::nullopt;
  const seconds poll = settings.poll_interval();
  const seconds pace = settings.internal_interval();
  const seconds watch(settings.spike_watch_period);
  W32timeFault fault;
  fault.last_refused = poll * std::max<std::int64_t>(0, ceil_divide(watch, poll) - 1);
  const std::int64_t wait =
      std::max<std::int64_t>(1, ceil_divide(watch - fault.last_refused, pace));
  fault.unset_at = fault.last_refused + wait * pace;
  fault.hold_at = fault.unset_at + pace;
  fault.sync_at = fault.unset_at + ticks_to_sync(settings) * pace;
  fault.next_sample = fault.last_refused + poll;
  if (fault.sync_at >= fault.next_sample) return std::nullopt;
  return fault;
}

// Up to this interval the next sample comes before Sync, wherever the ticks lie between the
// samples.
seconds safe_interval(const W32timeSettings& settings) {
  return settings.internal_interval() * ticks_to_sync(settings);
}

W32timeCure shortened(W32timeSettings settings) {
  constexpr std::array<std::uint32_t, 13> kCustomary{
      604800, 86400, 43200, 28800, 21600, 14400, 7200, 3600, 1800, 900, 600, 300, 120};
  const seconds safe = safe_interval(settings);
  const auto* const found = std::ranges::find_if(
      kCustomary, [&](std::uint32_t interval) { return seconds(interval) <= safe; });
  // Below the shortest customary interval the safe one is a small number itself.
  settings.special_poll_interval =
      found != kCustomary.end() ? *found : static_cast<std::uint32_t>(safe.count());
  return {W32timeCureKind::shorten_special_poll, std::move(settings)};
}

// The largest power of two within the fixed interval: at most one tick falls between two samples.
std::optional<W32timeCure> raised(W32timeSettings settings) {
  const auto longest = std::ranges::find(w32time_numbers(), std::string_view("MinPollInterval"),
                                         &W32timeNumber::name)
                           ->highest;
  settings.min_poll_interval = std::min(
      longest, static_cast<std::uint32_t>(std::bit_width(settings.special_poll_interval)) - 1);
  settings.max_poll_interval = std::max(settings.max_poll_interval, settings.min_poll_interval);
  if (safe_interval(settings) < settings.poll_interval()) return std::nullopt;
  return W32timeCure{W32timeCureKind::raise_min_poll, std::move(settings)};
}

W32timeCure without_fixed_interval(W32timeSettings settings) {
  settings.ntp_server.clear();
  for (W32timePeer& peer : settings.peers) {
    peer.flags &= ~W32timePeer::kSpecialInterval;
    if (!settings.ntp_server.empty()) settings.ntp_server += ' ';
    settings.ntp_server += format(peer);
  }
  return {W32timeCureKind::no_fixed_interval, std::move(settings)};
}

}  // namespace

std::optional<W32timeFault> find_kb2638243(const W32timeSettings& settings) {
  auto fault = find(settings);
  if (!fault) return std::nullopt;
  fault->cures.push_back(shortened(settings));
  if (auto cure = raised(settings)) fault->cures.push_back(std::move(*cure));
  fault->cures.push_back(without_fixed_interval(settings));
  return fault;
}

}  // namespace slewd
