// SPDX-License-Identifier: Apache-2.0
// The one immutable picture of the core. Metrics, page, CLI, logs and rules all read this, so they
// cannot disagree. Built by the engine on the core thread, published through a Board.
// An empty optional means "not known": exporters omit the series, rules treat the fact as unknown.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/config.hpp"
#include "agent/core/discipline/alarm.hpp"
#include "agent/core/discipline/phase.hpp"
#include "agent/core/estimate/frequency_trust.hpp"
#include "agent/core/estimate/invariants.hpp"
#include "agent/core/jumps/jump_view.hpp"
#include "agent/core/ports.hpp"
#include "agent/core/sample.hpp"
#include "base/board.hpp"
#include "base/frequency.hpp"
#include "base/limits.hpp"
#include "base/ring.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

// Our estimate of the clock at Snapshot::taken (carried_to() brings it to a later moment). Offset
// sign as in NTP theta: positive = the local clock is behind the truth.
struct ClockView {
  std::optional<Nanos> offset;
  std::optional<Nanos> error_bound;  // |offset| + root delay/2 + dispersion + 4 sd + drift x age
  Ppm bound_growth;                  // at which the bound grows by itself
  std::optional<Nanos> jitter;       // standard deviation of the offset estimate
  std::optional<Nanos> rms_offset;   // exponentially weighted over updates
  std::optional<Nanos> root_delay;
  std::optional<Nanos> root_dispersion;
  std::optional<Ppm> frequency;       // the correction that the oscillator needs
  std::optional<Ppm> skew;            // its standard deviation
  std::optional<Ppm> base_frequency;  // programmed without the slew; empty while observing
  Ppm frequency_limit;                // of the base frequency, now
  FrequencyState frequency_state = FrequencyState::plausible;
  std::string frequency_doubt{};     // why it is not plausible; empty while it is
  Nanos slew_remaining{};            // what the slew still has to move, signed as offset
  Ppm slew_rate;                     // now applied on top of the base frequency
  std::optional<Nanos> convergence;  // predicted time until the slew has ended
  bool synchronized = false;
  int stratum = 16;
  Leap leap = Leap::unknown;
  bool leap_implausible = false;  // announced for a month that cannot have one (leap_months)
  std::optional<MonoTime> last_update;
  std::optional<Nanos> update_interval;
};

// What stays known where no majority of the sources agrees on the time: the oscillator, and what is
// programmed. No offset and no bound.
[[nodiscard]] ClockView without_time(ClockView view);

// A leap second that is planned, because the sources announce it.
struct LeapView {
  Leap leap = Leap::none;  // insert or erase
  WallTime month_end;      // 00:00:00 UTC of the first day after it
  LeapMode mode = LeapMode::slew;
  bool in_kernel = false;  // the kernel has been asked to make it
};

// What the list of leap seconds says.
struct TaiView {
  std::optional<int> offset;  // s: TAI less UTC; empty once the list has expired
  WallTime list_expires;
};

struct PhaseTransition {
  MonoTime at;
  WallTime wall;
  Phase from = Phase::unset;
  Phase to = Phase::unset;
  PhaseEvent event = PhaseEvent::sample_good;
};

struct PhaseView {
  Phase phase = Phase::unset;
  MonoTime since;
  Ring<PhaseTransition, limits::kTransitionRing> recent;  // newest last
  std::uint64_t event_50 = 0;  // spikes that became the truth (w32time Event 50)
};

enum class SourceState {
  selected,
  combined,
  candidate,
  outlier,
  falseticker,
  unreachable,
  noselect
};
inline constexpr std::array kSourceStates{SourceState::selected,    SourceState::combined,
                                          SourceState::candidate,   SourceState::outlier,
                                          SourceState::falseticker, SourceState::unreachable,
                                          SourceState::noselect};
[[nodiscard]] std::string_view to_string(SourceState state);

// Why a reply was not used. A closed set: it is a label of a metric.
enum class Reject {
  bogus_origin,
  duplicate,
  malformed,
  mode,
  unsynchronised,
  stratum,
  delay,
  distance,
  kiss,
  auth,
  implausible  // its time is outside of what is believed (plausible_time.hpp)
};
inline constexpr std::array kRejects{
    Reject::bogus_origin,   Reject::duplicate, Reject::malformed,  Reject::mode,
    Reject::unsynchronised, Reject::stratum,   Reject::delay,      Reject::distance,
    Reject::kiss,           Reject::auth,      Reject::implausible};
[[nodiscard]] std::string_view to_string(Reject reason);
// For people: "the server says that it is not synchronized (leap indicator 3, or no time)".
[[nodiscard]] std::string_view rejection_text(Reject reason);

struct SourceView {
  std::string name;     // as configured: the metric label
  std::string address;  // "192.0.2.1:123", empty while unresolved
  std::string refid;    // "GPS", or what the server follows in hexadecimal digits, as stratum says
  SourceState state = SourceState::unreachable;
  std::string reason;                      // one line for people: why this state
  std::optional<MonoTime> banned_until{};  // by a rule
  int stratum = 16;
  Leap leap = Leap::unknown;
  std::optional<Nanos> poll_interval{};  // empty: it has no server yet
  std::uint8_t reach = 0;                // RFC 5905 section 13: newest poll in the lowest bit
  std::optional<Nanos> offset;           // this source's own estimate, at Snapshot::taken
  std::optional<Nanos> delay;            // of the last sample
  std::optional<Nanos> dispersion;
  std::optional<Nanos> jitter;
  std::optional<Nanos> root_distance;
  std::optional<MonoTime> last_sample;
  std::uint64_t requests = 0;
  std::uint64_t responses = 0;
  std::array<std::uint64_t, kRejects.size()> rejected{};
};

// Other programs that steer this clock.
struct ExternalView {
  bool detected = false;     // a sign within ten minutes
  std::string who;           // "chronyd (process 812)", "an unknown program"; empty while none
  std::uint64_t events = 0;  // how often one began
};

// Cumulative histogram with the fixed bounds of docs/metrics.md.
struct OffsetHistogram {
  static constexpr std::array<double, 12> kBounds{10e-6, 100e-6, 500e-6, 1e-3, 5e-3, 10e-3,
                                                  50e-3, 100e-3, 500e-3, 1.0,  5.0,  10.0};
  std::array<std::uint64_t, kBounds.size() + 1> counts{};  // not cumulative; last = +Inf
  double sum = 0;
};

struct Adjustments {
  std::uint64_t slews = 0;
  std::uint64_t steps = 0;
  std::uint64_t denied = 0;  // EPERM
  std::uint64_t invalid = 0;
  std::uint64_t other_failures = 0;
};

// The planned step as it could be made now.
struct StepOffer {
  std::optional<Nanos> size;  // the offset: negative = the wall clock would be set back
  std::string refused;        // why it cannot be made; empty = it can
};

// One point of the offset plot: at each update, and just before and just after each jump.
struct OffsetPoint {
  MonoTime at;  // a plot over wall time would fold where the clock was stepped
  WallTime wall;
  Nanos offset{};
  Nanos bound{};
  Ppm growth{};       // at which the bound grows until the next point
  bool known = true;  // false: from here on offset and bound are not known
};

struct Snapshot {
  std::uint64_t generation = 0;  // rises by one with each publish
  ClockReading taken;            // of what it describes
  MonoTime published;            // when the core drew it
  MonoTime due;                  // by when the core draws the next one
  BootTime started;              // when this process began
  Mode mode = Mode::automatic;
  bool steering = false;       // whether we may move the clock now
  std::string observe_reason;  // why not; empty when steering
  Nanos synchronized_bound{};  // beyond it the clock does not count as synchronized
  PollRange poll_range;        // after the limits set by rules
  bool majority_lost = false;  // no majority of the sources agrees on the time
  ClockView clock;
  std::optional<Estimate> estimate;  // what `clock` is made of
  std::optional<LeapView> planned_leap;
  std::optional<TaiView> tai;  // empty without a list
  PhaseView phase;
  std::optional<AlarmView> alarm;  // in the phase Alarm
  std::optional<KernelReadback> kernel;
  std::vector<SourceView> sources;
  JumpView jumps;
  ExternalView external;
  bool disruption_announced = false;         // by the hypervisor: a migration is near
  std::optional<std::uint64_t> disruptions;  // changes of vmclock's marker
  OffsetHistogram offsets;
  Ring<OffsetPoint, limits::kOffsetRing> offset_history;  // newest last
  Adjustments adjustments;
  InvariantCounts invariants{};
  StepOffer step_offer;
};

// The clock as it stands at `now`, as far as the snapshot and three clock readings show: the core
// publishes when something happens, and between that offsets and bounds move by themselves. A step
// of the wall clock shows at once. Not before `taken`: then it is the snapshot's own. Without a
// majority of the sources it has no offset and no bound, whatever the snapshot says.
[[nodiscard]] ClockView clock_at(const Snapshot& snapshot, const ClockReading& now);
// The whole snapshot, of `now`: clock, sources' offsets and distances, offered step.
[[nodiscard]] Snapshot carried_to(const Snapshot& snapshot, const ClockReading& now);

using SnapshotBoard = Board<Snapshot>;

}  // namespace slewd::core
