// SPDX-License-Identifier: Apache-2.0
#include "lab/simulate_story.hpp"

#include <algorithm>

#include "base/duration.hpp"
#include "base/human_time.hpp"

namespace slewd::lab {
namespace {

using sim::EventKind;
using sim::Happening;

constexpr std::size_t kSizeWidth = 13;
constexpr std::size_t kWhenWidth = 12;
constexpr std::size_t kPhaseWidth = 10;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + " ";
}

std::string servers_of(const Happening& event) {
  return event.server.empty() ? "every server" : "server " + event.server;
}

std::string sized(Nanos amount, const char* forward, const char* backward) {
  return human_time(magnitude(amount)) + (amount < Nanos{0} ? backward : forward);
}

std::string drift_while_asleep(Nanos amount) {
  if (amount == Nanos{0}) return "";
  return std::string("; its hardware clock ") + (amount < Nanos{0} ? "loses " : "gains ") +
         human_time(magnitude(amount));
}

std::string words(const Happening& event) {
  const std::string length = human_time(event.length);
  switch (event.kind) {
    case EventKind::server_step:
      return "the clock of " + servers_of(event) + " moves " +
             sized(event.amount, " forward", " back");
    case EventKind::server_back:
      return "the clock of " + servers_of(event) + " returns to its initial offset";
    case EventKind::server_drift:
      return "the clock of " + servers_of(event) + " gains by " + human_rate(event.frequency) +
             " more from now on";
    case EventKind::leap_second:
      return std::string("UTC ") +
             (event.amount < Nanos{0} ? "skips a second" : "repeats a second") +
             ": a leap second announced by the servers";
    case EventKind::server_mute:
      return servers_of(event) + " does not answer for " + length;
    case EventKind::outage:
      return "no packets to or from " + (event.server.empty() ? "any server" : servers_of(event)) +
             " for " + length;
    case EventKind::frequency_step:
      return "the oscillator's frequency changes by " + human_rate(event.frequency);
    case EventKind::external_step:
      return "another program steps the clock " + sized(event.amount, " forward", " back");
    case EventKind::external_slew:
      return "another program sets the clock's frequency to " + human_rate(event.frequency);
    case EventKind::external_adjtime:
      return "another program slews the clock by adjtime() " +
             sized(event.amount, " forward", " back");
    case EventKind::vm_pause:
      return std::string("the machine is paused for ") + length +
             (event.tsc_kept ? "; its time counter keeps running" : ", its time counter too");
    case EventKind::migration:
      return "the machine migrates within " + length + " to a host whose frequency differs by " +
             human_rate(event.frequency) + (event.signalled ? "; the hypervisor signals it" : "");
    case EventKind::suspend:
      return "the machine is suspended for " + length + drift_while_asleep(event.amount);
    case EventKind::snapshot_rollback:
      return "the machine is set back to a snapshot " + length + " old";
    case EventKind::kill:
      return "slewd is killed, and started again after " + length;
    case EventKind::steal:
      return "slewd gets no CPU time for " + length;
    case EventKind::busy:
      return "the machine is busy for " + length + ": timers and time stamps are late by " +
             human_time(event.amount) + " on average";
  }
  return "";
}

const char* event_reason(core::PhaseEvent event) {
  switch (event) {
    case core::PhaseEvent::sample_good:
      return "good samples arrive";
    case core::PhaseEvent::hold_complete:
      return "enough good samples in a row";
    case core::PhaseEvent::sample_spike:
      return "the servers' time has suddenly changed";
    case core::PhaseEvent::spike_refuted:
      return "it was a spike: the former time was right";
    case core::PhaseEvent::spike_confirmed:
      return "the new time is confirmed (Event 50)";
    case core::PhaseEvent::disruption:
      return "the clock was changed from outside";
    case core::PhaseEvent::updates_missing:
      return "no replies arrive";
    case core::PhaseEvent::panic:
      return "offset too large to slew, or no majority of servers";
    case core::PhaseEvent::panic_cleared:
      return "the cause of the alarm has ended";
    case core::PhaseEvent::told_to_observe:
      return "slewd must not steer the clock";
    case core::PhaseEvent::told_to_steer:
      return "slewd may steer the clock again";
    case core::PhaseEvent::legacy_advance:
      return "the timer of w32time has expired";
  }
  return "";
}

}  // namespace

std::vector<std::string> happenings(const sim::Scenario& scenario) {
  std::vector<Happening> events = scenario.events;
  std::ranges::stable_sort(events, {}, &Happening::at);
  std::vector<std::string> lines;
  const Nanos ahead = scenario.client.ahead;
  const Ppm frequency = scenario.client.frequency;
  lines.push_back(padded("at the start", kWhenWidth) + "the clock is " +
                  (ahead == Nanos{0} ? "right" : sized(ahead, " ahead", " behind")) + " and runs " +
                  human_rate(magnitude(frequency)) + (frequency < Ppm{0} ? " slow" : " fast"));
  for (const Happening& event : events)
    lines.push_back(padded(event.at == Nanos{0} ? "at once" : human_time(event.at), kWhenWidth) +
                    words(event) +
                    (event.every > Nanos{0} ? ", again every " + human_time(event.every) : ""));
  return lines;
}

std::vector<PhaseChange> phase_changes(const Simulation& simulation, const SimulatedRun& run) {
  std::vector<PhaseChange> changes;
  auto next = run.result.transitions.begin();
  const auto end = run.result.transitions.end();
  for (const sim::SeriesPoint& point : run.result.series) {
    if (!changes.empty() && changes.back().phase == point.phase) continue;
    // The series has a phase only when it lasts: transitions to others lie between.
    const auto found = std::find_if(
        next, end, [&](const core::PhaseTransition& each) { return each.to == point.phase; });
    const bool first_look = changes.empty() && point.elapsed > simulation.series_every;
    const Nanos at = changes.empty() && !first_look ? Nanos{0} : point.elapsed;
    changes.push_back({at, point.phase, found == end ? "" : event_reason(found->event)});
    if (found != end) next = found + 1;
  }
  return changes;
}

std::string phase_line(const PhaseChange& change) {
  const std::string when = change.at == Nanos{0} ? "at the start" : human_time(change.at);
  std::string line = padded(when, kWhenWidth) +
                     padded(std::string(core::to_string(change.phase)), kPhaseWidth) + change.why;
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string jump_line(const core::ClockEvent& jump, Nanos reported) {
  std::string cause(core::to_string(jump.cause));
  std::ranges::replace(cause, '_', ' ');
  const std::string precision = !jump.size_known() ? ", of unknown size"
                                : jump.uncertainty == Nanos{0}
                                    ? ""
                                    : ", known to +-" + format_rounded(jump.uncertainty);
  const std::string size = jump.rate_change != Ppm{} && jump.size == Nanos{0}
                               ? human_rate(jump.rate_change)
                               : (jump.size > Nanos{0} ? "+" : "") + human_time(jump.size);
  return padded(human_time(reported), kWhenWidth) + padded(size, kSizeWidth) + cause + precision +
         ", detected within " + format_rounded(jump.latency) + " (" + jump.witnesses + ")";
}

}  // namespace slewd::lab
