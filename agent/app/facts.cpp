// SPDX-License-Identifier: Apache-2.0
#include "agent/app/facts.hpp"

#include <algorithm>
#include <utility>

namespace slewd::app {
namespace {

using rules::Fact;

// Only discontinuities of the wall clock are steps; a changed frequency or a slew is not.
bool is_step(core::JumpCause cause) {
  switch (cause) {
    case core::JumpCause::external_frequency:
    case core::JumpCause::external_slew:
    case core::JumpCause::clocksource:
      return false;
    default:
      return true;
  }
}

void add_clock(const core::Snapshot& snapshot, const core::ClockView& clock, rules::Facts& facts) {
  facts.set(Fact::offset, clock.offset);
  facts.set(Fact::bound, clock.error_bound);
  facts.set(Fact::jitter, clock.jitter);
  facts.set(Fact::frequency, clock.frequency);
  facts.set(Fact::skew, clock.skew);
  facts.set(Fact::root_delay, clock.root_delay);
  facts.set(Fact::synchronized, clock.synchronized);
  facts.set(Fact::steering, snapshot.steering);
  if (!snapshot.steering)
    facts.set(Fact::steering_reason, std::string_view(snapshot.observe_reason));
  facts.set(Fact::phase, to_string(snapshot.phase.phase));
  facts.set(Fact::poll_minimum, snapshot.poll_range.minimum);
  facts.set(Fact::poll_maximum, snapshot.poll_range.maximum);
  facts.set(Fact::slew_remaining, clock.slew_remaining);
  facts.phase_since = snapshot.phase.since;
  facts.last_update = clock.last_update;
}

void add_sources(const core::Snapshot& snapshot, rules::Facts& facts) {
  const auto count = [&](auto predicate) {
    return static_cast<std::uint64_t>(std::ranges::count_if(snapshot.sources, predicate));
  };
  facts.set(Fact::sources, static_cast<std::uint64_t>(snapshot.sources.size()));
  facts.set(Fact::sources_reachable,
            count([](const core::SourceView& source) { return source.reach != 0; }));
  facts.set(Fact::sources_selected, count([](const core::SourceView& source) {
              return source.state == core::SourceState::selected ||
                     source.state == core::SourceState::combined;
            }));
  facts.set(Fact::falsetickers, count([](const core::SourceView& source) {
              return source.state == core::SourceState::falseticker;
            }));
}

// The estimated true time. A step of the wall clock changes reading and offset by opposite amounts:
// their sum stays.
void add_true_time(const core::ClockView& clock, const core::ClockReading& now,
                   rules::Facts& facts) {
  facts.set(Fact::boot_age, now.boot.since_epoch);
  if (!clock.synchronized || !clock.offset || !clock.error_bound) return;
  facts.true_time = rules::TrueTime{
      now.wall + *clock.offset, std::max(*clock.error_bound - magnitude(*clock.offset), Nanos{0})};
}

}  // namespace

rules::Facts facts_of(const core::Snapshot& snapshot, const core::ClockReading& now,
                      Observations seen) {
  rules::Facts facts;
  const core::ClockView clock = core::clock_at(snapshot, now);
  add_clock(snapshot, clock, facts);
  add_sources(snapshot, facts);
  add_true_time(clock, now, facts);
  facts.units = std::move(seen.units);
  facts.logs = std::move(seen.logs);
  facts.fleet = std::move(seen.fleet);
  facts.storm = std::move(seen.storm);
  facts.busy = std::move(seen.busy);
  facts.absent = std::move(seen.absent);
  for (const core::ClockEvent& jump : snapshot.jumps.recent)
    if (!jump.former && is_step(jump.cause))
      facts.jumps.push_back({jump.size, jump.seen_mono, std::string(to_string(jump.cause)),
                             core::seen_by_programs(jump.cause), jump.latency});
  for (const rules::ProbeView& probe : seen.probes)
    facts.probes[probe.name] = {probe.state, probe.since, probe.first_found, probe.last_found,
                                probe.found_again};
  return facts;
}

}  // namespace slewd::app
