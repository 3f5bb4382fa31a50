// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/exporter/sample_data.hpp"

#include <cmath>

namespace slewd::exporter {
namespace {

std::size_t slot(rules::Gate gate) { return static_cast<std::size_t>(gate); }

using namespace std::chrono_literals;
using core::JumpCause;
using core::Phase;
using core::PhaseEvent;
using core::SourceState;

// 2024-06-30T12:00:00Z.
constexpr Nanos kWallStart = 1719748800s;

std::vector<core::SourceView> sources(MonoTime now) {
  std::vector<core::SourceView> list(5);
  list[0] = {.name = "ntp1.example.net",
             .address = "192.0.2.1:123",
             .refid = "GPS",
             .state = SourceState::selected,
             .reason = "lowest root distance of the majority",
             .stratum = 1,
             .leap = core::Leap::none,
             .poll_interval = 64s,
             .reach = 0377,
             .offset = 812us,
             .delay = 4210us,
             .dispersion = 120us,
             .jitter = 83us,
             .root_distance = 3100us,
             .last_sample = now - 21s,
             .requests = 1204,
             .responses = 1203,
             .rejected = {}};
  list[1] = {.name = "ntp2.example.net",
             .address = "198.51.100.7:123",
             .refid = "PPS",
             .state = SourceState::combined,
             .reason = "agrees, weight 0.31",
             .stratum = 1,
             .leap = core::Leap::none,
             .poll_interval = 64s,
             .reach = 0377,
             .offset = 902us,
             .delay = 11800us,
             .dispersion = 210us,
             .jitter = 140us,
             .root_distance = 7050us,
             .last_sample = now - 40s,
             .requests = 1204,
             .responses = 1199,
             .rejected = {}};
  list[2] = {.name = "time.example.org",
             .address = "[2001:db8::123]:123",
             .refid = "C0000201",
             .state = SourceState::candidate,
             .reason = "agrees, too far to add weight",
             .stratum = 2,
             .leap = core::Leap::none,
             .poll_interval = 128s,
             .reach = 0357,
             .offset = 1310us,
             .delay = 38400us,
             .dispersion = 900us,
             .jitter = 640us,
             .root_distance = 24300us,
             .last_sample = now - 101s,
             .requests = 611,
             .responses = 598,
             .rejected = {0, 0, 0, 0, 0, 0, 13}};
  list[3] = {.name = "liar.example.com",
             .address = "203.0.113.66:123",
             .refid = "LOCL",
             .state = SourceState::falseticker,
             .reason = "11.0 s from the majority of 3",
             .stratum = 5,
             .leap = core::Leap::none,
             .poll_interval = 256s,
             .reach = 0377,
             .offset = -11s,
             .delay = 21000us,
             .dispersion = 400us,
             .jitter = 210us,
             .root_distance = 15000us,
             .last_sample = now - 77s,
             .requests = 300,
             .responses = 300,
             .rejected = {2, 0, 0, 0, 0, 0, 0}};
  list[4].name = "gone.example.com";
  list[4].address = "203.0.113.99:123";
  list[4].reason = "no answer to the last 8 polls";
  list[4].poll_interval = 1024s;
  list[4].requests = 44;
  return list;
}

core::ClockEvent jump(std::uint64_t id, JumpCause cause, Nanos size, Nanos ago,
                      const core::ClockReading& now) {
  return {
      .id = id,
      .cause = cause,
      .size = size,
      .uncertainty = 40us,
      .seen_mono = now.mono - ago,
      .seen_boot = now.boot - ago,
      .wall_before = now.wall - ago - size,
      .wall_after = now.wall - ago,
      .latency = 1200us,
      .witnesses = "clock_set real-mono",
      .originator = cause == JumpCause::external_step ? "date (process 812, cron.service)" : ""};
}

core::JumpView jumps(const core::ClockReading& now) {
  core::JumpView view;
  view.note(jump(40, JumpCause::suspend, 184s, 50min, now));
  view.note(jump(41, JumpCause::external_step, -11s, 22min, now));
  view.note(jump(42, JumpCause::own_step, 11s, 21min, now));
  view.note(jump(43, JumpCause::vm_pause, 3200ms, 12min, now));
  return view;
}

core::PhaseView phases(const core::ClockReading& now) {
  core::PhaseView view;
  view.phase = Phase::sync;
  view.since = now.mono - 11min;
  const auto add = [&](Nanos ago, Phase from, Phase to, PhaseEvent event) {
    view.recent.push_back({now.mono - ago, now.wall - ago, from, to, event});
  };
  add(58min, Phase::unset, Phase::hold, PhaseEvent::sample_good);
  add(57min, Phase::hold, Phase::sync, PhaseEvent::hold_complete);
  add(50min, Phase::sync, Phase::disrupted, PhaseEvent::disruption);
  add(49min, Phase::disrupted, Phase::sync, PhaseEvent::sample_good);
  add(22min, Phase::sync, Phase::spike, PhaseEvent::sample_spike);
  add(19min, Phase::spike, Phase::hold, PhaseEvent::spike_confirmed);
  add(18min, Phase::hold, Phase::sync, PhaseEvent::hold_complete);
  add(12min, Phase::sync, Phase::disrupted, PhaseEvent::disruption);
  add(11min, Phase::disrupted, Phase::sync, PhaseEvent::sample_good);
  view.event_50 = 1;
  return view;
}

std::vector<core::OffsetPoint> history(const core::ClockReading& now) {
  std::vector<core::OffsetPoint> points;
  constexpr int kPoints = 220;
  for (int i = 0; i < kPoints; ++i) {
    const auto x = static_cast<double>(i);
    const double decay = 0.009 * std::exp(-x / 40.0);
    const double ripple = 0.0004 * std::sin(x / 9.0) + 0.0002 * std::sin(x * 1.7);
    const double bound = 0.0021 + std::abs(decay) + 0.0006 * (1 + std::sin(x / 13.0));
    points.push_back({now.mono - (kPoints - i) * 16s, now.wall - (kPoints - i) * 16s,
                      from_seconds(decay + ripple), from_seconds(bound)});
  }
  return points;
}

}  // namespace

core::ClockReading FakeClock::now() const {
  const Nanos elapsed{elapsed_.load()};
  return {MonoTime{10h + elapsed}, RawTime{11h + elapsed}, BootTime{12h + elapsed},
          WallTime{kWallStart + elapsed}, 100ns};
}

core::Snapshot sample_snapshot(const core::ClockReading& now) {
  core::Snapshot snapshot;
  snapshot.generation = 7;
  snapshot.taken = now;
  snapshot.published = now.mono;
  snapshot.due = now.mono;
  snapshot.synchronized_bound = 1s;
  snapshot.started = now.boot - 1h;
  snapshot.steering = true;
  snapshot.clock = {.offset = 830us,
                    .error_bound = 3100us,
                    .bound_growth = Ppm{15},
                    .jitter = 92us,
                    .rms_offset = 410us,
                    .root_delay = 4210us,
                    .root_dispersion = 700us,
                    .frequency = Ppm{-90.7},
                    .skew = Ppm{0.04},
                    .base_frequency = Ppm{-90.7},
                    .frequency_limit = core::kPlausibleOscillator,
                    .slew_remaining = 790us,
                    .slew_rate = Ppm{12.5},
                    .convergence = 63s,
                    .synchronized = true,
                    .stratum = 2,
                    .leap = core::Leap::none,
                    .last_update = now.mono - 21s,
                    .update_interval = 64s};
  snapshot.planned_leap = core::LeapView{.leap = core::Leap::insert,
                                         .month_end = now.wall + 12h,
                                         .mode = core::LeapMode::slew,
                                         .in_kernel = false};
  snapshot.tai = core::TaiView{.offset = 37, .list_expires = now.wall + 24h * 365};
  snapshot.phase = phases(now);
  snapshot.kernel = core::KernelReadback{.frequency = Ppm{-78.2},
                                         .tick = Ppm{0},
                                         .singleshot_remaining = 0ns,
                                         .unsynchronized = false,
                                         .max_error = 3500us,
                                         .estimated_error = 92us,
                                         .status_bits = 0x2000,
                                         .tai_offset = 37};
  snapshot.sources = sources(now.mono);
  snapshot.jumps = jumps(now);
  snapshot.offsets.counts = {3, 10, 41, 60, 12, 2, 0, 0, 1, 0, 0, 0, 1};
  snapshot.offsets.sum = 11.42;
  snapshot.offset_history = history(now);
  snapshot.adjustments = {.slews = 118, .steps = 1, .denied = 0, .invalid = 0, .other_failures = 0};
  snapshot.invariants = {0, 2, 1};
  return snapshot;
}

rules::Status sample_status(const core::ClockReading& now) {
  using namespace rules;
  Status status;
  status.generation = 5;
  status.at = now.mono;
  RuleView hang;
  hang.name = "dovecot-login-hang";
  hang.mode = RuleMode::act;
  hang.when = "backward_step(200s) >= 1s and failing(dovecot.login) >= 1s";
  hang.state = RuleState::cooling;
  hang.since = now.mono - 21min;
  hang.explanation = "backward_step(200s) is 0 s: false; cool-down of 5m is over";
  hang.evaluations = 3581;
  hang.unknown_evaluations = 12;
  hang.suppressed[slot(rules::Gate::cooldown)] = 4;
  hang.suppressed[slot(rules::Gate::busy)] = 1;
  hang.actions = {{.action = "reload dovecot",
                   .attempts = 1,
                   .failures = 0,
                   .verified = 1,
                   .last_success = now.mono - 21min,
                   .last_success_wall = now.wall - 21min},
                  {.action = "restart dovecot",
                   .attempts = 0,
                   .failures = 0,
                   .verified = 0,
                   .last_success = {},
                   .last_success_wall = {}}};
  RuleView burst;
  burst.name = "offset-needs-a-burst";
  burst.mode = RuleMode::shadow;
  burst.when = "abs(offset) > 128ms";
  burst.state = RuleState::inactive;
  burst.since = now.mono - 58min;
  burst.explanation = "abs(offset) is 830 us: false";
  burst.evaluations = 3580;
  burst.suppressed[slot(rules::Gate::dry_run)] = 2;
  burst.actions = {{.action = "burst", .last_success = {}, .last_success_wall = {}}};
  status.rules = {hang, burst};
  status.probes = {{.name = "dovecot.login",
                    .kind = "imap_login",
                    .state = ProbeState::ok,
                    .since = now.mono - 21min,
                    .detail = "logged in",
                    .last_duration = 11ms,
                    .runs = 720,
                    .failures = 3},
                   {.name = "dovecot.greeting",
                    .kind = "banner",
                    .state = ProbeState::ok,
                    .since = now.mono - 58min,
                    .detail = "* OK [CAPABILITY IMAP4rev1] ready",
                    .last_duration = 1ms,
                    .runs = 720,
                    .failures = 0}};
  status.fleet.locks = {{.lock = "mail", .state = "cooling", .reason = "", .held = true},
                        {.lock = "web",
                         .state = "unreachable",
                         .reason = "no route",
                         .held = false,
                         .unreachable = true,
                         .missing = std::vector<std::string>{"slewd-web-1"}}};
  status.fleet.kubernetes = {
      {.object = "slot", .requests = {{"ok", 70}, {"timeout", 3}}, .failing = true}};
  status.fleet.watches_storms = true;
  status.recent = {{.intent = 11,
                    .rule = "offset-needs-a-burst",
                    .action = "burst",
                    .ending = Ending::would_do,
                    .detail = "shadow: nothing was done",
                    .took = 0ms,
                    .ended = now.mono - 50min,
                    .wall = now.wall - 50min},
                   {.intent = 12,
                    .rule = "dovecot-login-hang",
                    .action = "reload dovecot",
                    .ending = Ending::verified,
                    .detail = "2 logins in a row after 0.4 s",
                    .took = 1240ms,
                    .ended = now.mono - 21min,
                    .wall = now.wall - 21min}};
  return status;
}

}  // namespace slewd::exporter
