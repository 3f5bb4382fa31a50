// SPDX-License-Identifier: Apache-2.0
// What the core is configured with: values and their defaults. An empty configuration file means
// exactly these (plus the pool of agent/app/config). Immutable once handed to the engine.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/estimate/frequency_trust.hpp"
#include "agent/core/ports.hpp"
#include "base/frequency.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

using namespace std::chrono_literals;

enum class Mode {
  observe,    // measures and detects, never touches the clock
  automatic,  // steers, and only observes while another time daemon runs ("auto")
  takeover,   // disciplines regardless
};
[[nodiscard]] std::string_view to_string(Mode mode);

struct PollRange {
  Nanos minimum = 64s;
  Nanos maximum = 1024s;

  friend bool operator==(const PollRange&, const PollRange&) = default;
};

enum class AddressFamily { any, ipv4, ipv6 };

// One server line, or one member of a pool.
struct SourceConfig {
  std::string name;  // stable label of metrics and tables: the host as configured
  std::string host;  // name or numeric address
  std::uint16_t port = 123;
  bool pool = false;  // the name stands for up to `pool_members` servers
  int pool_members = 4;
  bool iburst = true;
  bool prefer = false;
  bool trust = false;
  bool require = false;
  bool noselect = false;
  Nanos max_delay = 3s;  // a round trip beyond this is no measurement
  // A delay beyond this many times the least of the last hour is none either; 0 = no such limit.
  double max_delay_ratio = 0;
  Nanos min_delay{};     // the path's least round trip, where it is known; 0 = it is learnt
  double asymmetry = 0;  // share of a delay's excess that the phase is corrected by, -0.5
                         // (all of it on the way there) to 0.5 (all on the way back)
  Nanos offset{};        // added to what the server says
  std::optional<PollRange> poll{};  // instead of CoreConfig::poll
  int version = 4;                  // of the requests, 1 to 4
  AddressFamily family = AddressFamily::any;
  LocalEnd local{};

  friend bool operator==(const SourceConfig&, const SourceConfig&) = default;
};

struct SelectionConfig {
  int min_sources = 1;      // truechimers needed before the clock is touched
  Nanos max_distance = 3s;  // root distance beyond which a source is unfit (RFC 5905: MAXDIST)
};

struct SteeringConfig {
  Ppm max_slew{500};            // up to large_offset
  Ppm large_offset_slew{5000};  // above it
  Nanos large_offset = 128ms;
  Ppm max_frequency = kUsualMaxFrequency;  // of the base frequency, whatever the sources say
  Nanos lease = 16s;  // no slew is programmed for longer without a fresh look at the clocks

  friend bool operator==(const SteeringConfig&, const SteeringConfig&) = default;
};

enum class StartupStep {
  never,
  forward,
  boot,  // forward, and back while the machine has just booted (StepConfig::boot_window)
  any
};

// The step before the first Sync.
struct StepConfig {
  StartupStep at_startup = StartupStep::boot;
  Nanos threshold = 128ms;        // below it the start-up error is slewed as well
  Nanos max_unconfirmed = 1000s;  // a larger step needs more than a lone source
  Nanos boot_window = 5min;       // since the boot, CLOCK_BOOTTIME
};

// Who decides what a far-off offset means (docs/design/discipline.md).
enum class Profile {
  native,   // several samples that agree with each other
  w32time,  // the watch alone, as the Windows Time service does
};

struct PhaseConfig {
  int hold_samples = 5;           // w32time HoldPeriod
  Nanos large_phase_offset = 5s;  // w32time LargePhaseOffset
  Nanos spike_watch = 900s;       // w32time SpikeWatchPeriod
  Nanos spike_floor = 128ms;      // and 8 standard deviations, whichever is larger
  Nanos panic = 1000s;            // RFC 5905 PANICT
  Nanos max_slew_eta = 24h * 14;  // Alarm when a slew would take longer
  Profile profile = Profile::native;
  // The rest counts under w32time only, in whole seconds.
  std::optional<Nanos> special_poll_interval{};  // w32time SpecialPollInterval: polls at this alone
  bool legacy_timer_driven = false;              // beside it, time moves the phase too (KB2638243)

  friend bool operator==(const PhaseConfig&, const PhaseConfig&) = default;
};

// How a machine that was away comes back to the time, once two witnesses agree that it was.
enum class AfterPause { slew, step_forward };

struct JumpConfig {
  Nanos floor = 1ms;      // smaller discontinuities are noise
  Nanos look_every = 1s;  // how often the clocks are compared without a notification
  AfterPause after_pause = AfterPause::slew;
};

// What is done about a leap second that the sources announce (docs/design/discipline.md).
enum class LeapMode {
  slew,    // true time moves at the leap itself, and the clock is slewed after it
  kernel,  // the kernel is armed, and steps the clock at the leap
  ignore,  // it is shown, and found by the samples that follow it
};
[[nodiscard]] std::string_view to_string(LeapMode mode);

struct LeapConfig {
  LeapMode mode = LeapMode::slew;
  std::vector<int> months{6, 12};  // 1 to 12: at the ends of which there may be one
};

struct CoreConfig {
  Mode mode = Mode::automatic;
  std::string observe_reason = "mode is observe";  // shown with mode observe
  std::vector<SourceConfig> sources;
  SelectionConfig selection;
  SteeringConfig steering;
  StepConfig step;
  PhaseConfig phase;
  PollRange poll;                 // the common interval of all sources
  Nanos synchronized_bound = 1s;  // error bound up to which the clock counts as synchronized
  JumpConfig jumps;
  LeapConfig leap;
};

}  // namespace slewd::core
