// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/client_samples.hpp"

#include <algorithm>

#include "agent/core/ntp/packet.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kLongestRoundTrip = 3s;  // SourceConfig::max_delay
constexpr Nanos kShortestDelay = 1us;
constexpr Nanos kTolerance = 1ms;  // that a server may seem to have held a packet too long

// Each time at which `event` happens.
template <class Take>
void each_time(const sim::Scenario& scenario, const sim::Happening& event, Take take) {
  for (Nanos at = event.at; at <= scenario.length; at += event.every) {
    take(at);
    if (event.every == 0ns) return;
  }
}

}  // namespace

std::optional<core::Sample> sample_of(const sim::Exchange& exchange, WallTime near) {
  const auto packet = core::decode(exchange.reply.bytes);
  if (!packet || packet->mode != core::NtpMode::server || packet->leap == core::Leap::unknown)
    return std::nullopt;
  if (packet->stratum == 0 || packet->stratum >= core::kStratumUnsynchronised) return std::nullopt;
  const WallTime received = core::from_ntp(packet->receive, near);
  const WallTime answered = core::from_ntp(packet->transmit, near);
  const Nanos round_trip = exchange.reply.raw - exchange.sent;
  const Nanos held = answered - received;
  if (round_trip < 0ns || round_trip > kLongestRoundTrip || held < -kTolerance ||
      held > round_trip + kTolerance)
    return std::nullopt;
  core::Sample sample;
  sample.at = exchange.sent + round_trip / 2;
  sample.phase = received.since_epoch + held / 2 - sample.at.since_epoch;
  sample.delay = std::max(round_trip - held, kShortestDelay);
  sample.root_delay = core::from_ntp(packet->root_delay);
  sample.root_dispersion = core::from_ntp(packet->root_dispersion);
  sample.stratum = packet->stratum;
  return sample;
}

std::vector<ExternalMove> external_moves(const sim::Scenario& scenario) {
  std::vector<ExternalMove> moves;
  for (const sim::Happening& event : scenario.events)
    each_time(scenario, event, [&](Nanos at) {
      if (event.kind == sim::EventKind::external_step) moves.push_back({at, event.amount});
      if (event.kind == sim::EventKind::suspend)
        moves.push_back({at + event.length, event.length + event.amount});
    });
  std::ranges::sort(moves, {}, &ExternalMove::at);
  return moves;
}

std::vector<Nanos> unannounced(const sim::Scenario& scenario) {
  using enum sim::EventKind;
  std::vector<Nanos> times;
  for (const sim::Happening& event : scenario.events) {
    const bool stops = (event.kind == vm_pause && !event.tsc_kept) ||
                       event.kind == snapshot_rollback || event.kind == leap_second ||
                       event.kind == suspend;
    const bool bends = event.kind == frequency_step || event.kind == migration ||
                       event.kind == external_slew || event.kind == external_adjtime;
    if (stops || bends || event.kind == external_step)
      each_time(scenario, event, [&](Nanos at) { times.push_back(at); });
  }
  std::ranges::sort(times);
  return times;
}

}  // namespace slewd::tests
