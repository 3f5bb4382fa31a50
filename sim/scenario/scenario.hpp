// SPDX-License-Identifier: Apache-2.0
// One scenario of the simulator as a value: a machine, the servers that it polls, the events, and
// the configuration of the client. Read from JSON by scenario_file.hpp, run by scenario_run.hpp.
// Signs: "ahead" is positive when a clock shows more than the truth.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/config.hpp"
#include "agent/core/ports.hpp"
#include "sim/network.hpp"
#include "sim/ntp_server.hpp"

namespace slewd::sim {

enum class DriftKind { none, sine, square, linear };

// How the oscillator's frequency moves beside its random walk; time counts from the start.
struct DriftLaw {
  DriftKind kind = DriftKind::none;
  Ppm amplitude{};  // sine, square: from the middle; linear: the change in one period
  Nanos period = std::chrono::hours{24};
};
// The law's frequency `elapsed` after the start.
[[nodiscard]] Ppm drift_at(const DriftLaw& law, Nanos elapsed);

struct ClientLaw {
  Nanos ahead{};      // at the start
  Ppm frequency{};    // positive = runs fast
  double wander = 0;  // step of the random walk each second (one sigma), as a ratio
  DriftLaw drift;
  Nanos timer_latency{};  // mean of the exponential time by which timers ring late
  Nanos stamp_noise{};    // the same between a packet on the wire and its stamp
  Nanos uptime = std::chrono::seconds{10};  // since the boot, at the start
  std::optional<core::DriftRecord> drift_file;
  std::optional<Nanos> host_clock;  // half of its unit: 500ms for an RTC, less for a PTP device
};

// Of a second machine behind the same name, which answers by chance instead of the first.
struct SecondClock {
  Nanos ahead{};
  double chance = 0.5;
};

struct ServerLaw {
  std::string name;
  Nanos ahead{};
  ServerManner manner = ServerManner::honest;
  std::optional<core::Leap> leap{};  // what it announces; empty: what there will be
  LinkLaw up;
  LinkLaw down;
  std::optional<SecondClock> also{};
  std::optional<UpstreamLaw> upstream{};  // empty: a clock without error of its own
  bool prefer = false;
  bool trust = false;
  bool noselect = false;
};

enum class EventKind {
  server_step,        // the server's clock moves by `amount`
  server_back,        // and stands again where it stood at the start
  server_drift,       // the server's clock gains by `frequency` more from here on
  leap_second,        // UTC leaps at `at`, a midnight: +1s is inserted before it, -1s left out
  server_mute,        // the server does not answer for `length`
  outage,             // no packet passes for `length`
  frequency_step,     // the oscillator changes by `frequency` for good
  external_step,      // another program moves the wall clock by `amount`
  external_slew,      // another program sets the kernel's frequency to `frequency`
  external_adjtime,   // another program has adjtime() move the clock by `amount`
  vm_pause,           // for `length`; the TSC stops, or runs on (`tsc_kept`)
  migration,          // a pause of `length` with the TSC kept, then `frequency` more; `signalled`
  suspend,            // to memory for `length`; the hardware clock errs by `amount`
  snapshot_rollback,  // to a snapshot that is `length` old; `signalled`
  kill,               // SIGKILL; after `length` the next start. `restored`: by ExecStopPost
  steal,              // the process gets no processor for `length`
  busy,               // for `length` timers and stamps are late by `amount` in the mean
};
inline constexpr std::size_t kEventKinds = 17;
[[nodiscard]] std::string_view to_string(EventKind kind);

struct Happening {
  Nanos at{};  // since the start
  EventKind kind = EventKind::outage;
  std::string server{};  // server_*, outage: empty = all
  Nanos amount{};
  Nanos length{};
  Ppm frequency{};
  bool tsc_kept = false;
  bool signalled = false;
  bool restored = true;
  Nanos every{};  // happens again and again with this period; zero = once
};

// What a run must keep to be counted as passed: chrony's own limits for its test parameter sets.
struct RunLimits {
  Nanos time{};     // largest error, from statistics_from on
  Ppm frequency{};  // largest frequency error, likewise
  Nanos rms_time{};
  Ppm rms_frequency{};
  Nanos sync{};  // from here on `time` and `frequency` are never exceeded
};

enum class Expectation {
  sync,    // the clock is brought home
  refuse,  // there is no truth to be had: the clock is left alone
};

struct Window {
  Nanos from{};
  Nanos to{};
};

struct Scenario {
  std::string name;
  std::string comment;
  std::vector<std::uint64_t> seeds;  // empty: as the caller likes
  TrueTime start = kWorldStart;
  Nanos length{};
  Nanos statistics_from{};
  std::vector<core::PollRange> polls;  // one run for each
  std::vector<Ppm> rates;              // of all slews; one run for each
  ClientLaw client;
  std::vector<ServerLaw> servers;
  std::vector<Happening> events;
  std::optional<Window> watched;  // the time of the event, for the figures about it
  core::CoreConfig core;          // sources, poll and rates are filled in by the run
  std::optional<RunLimits> limits;
  Expectation expect = Expectation::sync;
  bool honest = true;  // false: a server lies or the clock jumps unseen, so no bound could hold
};

// "6:10" when both are powers of two of a second, else "10s:1m".
[[nodiscard]] std::string poll_text(const core::PollRange& range);

}  // namespace slewd::sim
