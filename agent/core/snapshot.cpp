// SPDX-License-Identifier: Apache-2.0
#include "agent/core/snapshot.hpp"

#include <algorithm>
#include <cstddef>

#include "agent/core/estimate/error_bound.hpp"

namespace slewd::core {
namespace {

// How much an offset has grown since the snapshot: true time, as its frequency has it and with what
// a suspend has taken, less what the wall clock shows.
Nanos growth_of(const Snapshot& snapshot, const ClockReading& now) {
  const ClockReading& taken = snapshot.taken;
  const Nanos elapsed = now.raw - taken.raw;
  const Nanos suspended = (now.boot - taken.boot) - (now.mono - taken.mono);
  const double ratio = to_ratio(snapshot.clock.frequency.value_or(Ppm{}));
  return elapsed + suspended + from_seconds(to_seconds(elapsed) * ratio) - (now.wall - taken.wall);
}

}  // namespace

ClockView without_time(ClockView view) {
  view.offset.reset();
  view.error_bound.reset();
  view.jitter.reset();
  view.rms_offset.reset();
  view.root_delay.reset();
  view.root_dispersion.reset();
  view.convergence.reset();
  view.slew_remaining = Nanos{0};
  view.synchronized = false;
  view.stratum = 16;
  view.leap = Leap::unknown;
  view.leap_implausible = false;
  return view;
}

ClockView clock_at(const Snapshot& snapshot, const ClockReading& now) {
  if (snapshot.majority_lost) return without_time(snapshot.clock);
  ClockView view = snapshot.clock;
  const Nanos elapsed = now.raw - snapshot.taken.raw;
  if (elapsed <= Nanos{0} || !view.offset) return view;
  const Nanos offset = *view.offset + growth_of(snapshot, now);
  const Nanos jitter = view.jitter.value_or(Nanos{0});
  const Nanos wider = snapshot.estimate ? from_seconds(snapshot.estimate->sd_at(now.raw)) : jitter;
  if (view.error_bound)
    *view.error_bound += magnitude(offset) - magnitude(*view.offset) +
                         from_seconds(to_ratio(view.bound_growth) * to_seconds(elapsed)) +
                         from_seconds(kBoundDeviations * to_seconds(wider - jitter));
  view.synchronized =
      view.synchronized && view.error_bound && *view.error_bound <= snapshot.synchronized_bound;
  view.jitter = wider;
  view.offset = offset;
  if (view.slew_rate.value != 0) {
    view.slew_remaining = offset;
    if (view.convergence)
      view.convergence = std::max(*view.convergence - (now.mono - snapshot.taken.mono), Nanos{0});
  }
  return view;
}

Snapshot carried_to(const Snapshot& snapshot, const ClockReading& now) {
  Snapshot carried = snapshot;
  carried.clock = clock_at(snapshot, now);
  const Nanos elapsed = now.raw - snapshot.taken.raw;
  if (elapsed <= Nanos{0}) return carried;
  const Nanos growth = growth_of(snapshot, now);
  for (SourceView& source : carried.sources) {
    if (source.offset) *source.offset += growth;
    if (source.root_distance)
      *source.root_distance += from_seconds(kBoundDrift * to_seconds(elapsed));
  }
  if (carried.step_offer.size) carried.step_offer.size = carried.clock.offset;
  carried.taken = now;
  return carried;
}

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::observe:
      return "observe";
    case Mode::automatic:
      return "auto";
    case Mode::takeover:
      return "takeover";
  }
  return "observe";
}

std::string_view to_string(LeapMode mode) {
  switch (mode) {
    case LeapMode::slew:
      return "slew";
    case LeapMode::kernel:
      return "kernel";
    case LeapMode::ignore:
      return "ignore";
  }
  return "slew";
}

std::string_view to_string(SourceState state) {
  constexpr std::array<std::string_view, kSourceStates.size()> kNames{
      "selected", "combined", "candidate", "outlier", "falseticker", "unreachable", "noselect"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view to_string(Reject reason) {
  constexpr std::array<std::string_view, kRejects.size()> kNames{
      "bogus_origin", "duplicate", "malformed", "mode", "unsynchronised", "stratum",
      "delay",        "distance",  "kiss",      "auth", "implausible"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::string_view rejection_text(Reject reason) {
  switch (reason) {
    case Reject::bogus_origin:
      return "it does not answer the request that was sent (wrong origin)";
    case Reject::duplicate:
      return "it was answered already (duplicate)";
    case Reject::malformed:
      return "malformed packet or impossible times";
    case Reject::mode:
      return "not in mode server";
    case Reject::unsynchronised:
      return "the server says that it is not synchronized (leap indicator 3, or no time)";
    case Reject::stratum:
      return "stratum 16 or above";
    case Reject::delay:
      return "round trip longer than max_delay or max_delay_ratio allows";
    case Reject::distance:
      return "root distance of 16 s or more";
    case Reject::kiss:
      return "kiss of death";
    case Reject::auth:
      return "authentication failed";
    case Reject::implausible:
      return "implausible time";
  }
  return "";
}

}  // namespace slewd::core
