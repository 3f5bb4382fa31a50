// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/engine_host.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/duration.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBrokenKept = 20;
constexpr Nanos kKernelSecond = 1s;        // Linux applies an adjtime() by whole seconds
constexpr Nanos kLookLatency = 100ms;      // a timer comes late
constexpr Ppm kProgrammedTolerance{0.01};  // the kernel rounds to 2^-16 ppm
// An hour, before a base frequency beyond 500 ppm, less what may lie between two looks.
constexpr Nanos kEvidence = 59min;

}  // namespace

Result<void> CountingDriver::step(Nanos amount) {
  Result<void> done = driver_.step(amount);
  if (!done) return done;
  ++steps_;
  if (amount < Nanos{0}) ++steps_back_;
  return done;
}

EngineHost::EngineHost(std::uint64_t seed, ClientConfig client_config, core::CoreConfig config,
                       TrueTime start)
    : world(seed, start),
      client(world.add_client(std::move(client_config))),
      config_(std::move(config)),
      plausible_(to_wall(start) - kFilesAge, "the simulated build",
                 to_wall(start) - kNewestFileAge),
      driver_(client.driver()) {}

EngineHost::~EngineHost() {
  client.on_datagram({});
  client.on_clock_set({});
}

ServerHost& EngineHost::add_server(ServerHost host) {
  return add_server(std::move(host), core::SourceConfig());
}

ServerHost& EngineHost::add_server(ServerHost host, core::SourceConfig source) {
  source.name = source.host = host.name;
  config_.sources.push_back(std::move(source));
  return world.add_server(std::move(host));
}

void EngineHost::start_engine() {
  engine_ = std::make_unique<core::Engine>(
      core::Env{client.clock(), driver_, client.network(), client.timers(), client.entropy(),
                client.resolver(), client.drift_store(), *this, client.witnesses(),
                client.clock_calls(), plausible_},
      config_, board_);
  client.on_datagram([this](const core::Datagram& datagram) { engine_->on_datagram(datagram); });
  client.on_clock_set([this] { engine_->on_clock_set(); });
  last_decision_.reset();
  spike_since_.reset();
  implausible_since_.reset();
  engine_->start();
}

void EngineHost::expect_external_frequency() {
  external_until_ = world.now() + config_.jumps.look_every + kLookLatency;
}

void EngineHost::kill_engine() {
  client.on_datagram({});
  client.on_clock_set({});
  engine_.reset();
}

void EngineHost::reload(const std::function<void(core::CoreConfig&)>& change) {
  change(config_);
  engine_->apply(config_);
}

Result<core::PlannedStep> EngineHost::step_to_true(Nanos announced) {
  const std::uint64_t before = driver_.steps_back();
  auto done = engine_->step_to_true(announced, client.clock().now().mono);
  steps_back_seen_ += driver_.steps_back() - before;
  return done;
}

std::shared_ptr<const core::Snapshot> EngineHost::snapshot() const {
  const auto newest = board_.latest();
  seen_ = newest ? std::make_shared<core::Snapshot>(core::carried_to(*newest, client.clock().now()))
                 : nullptr;
  return seen_;
}

core::ClockView EngineHost::clock_now() const {
  return core::clock_at(*board_.latest(), client.clock().now());
}

void EngineHost::check_kernel() {
  if (!engine_) return;
  // The rate never stops the clock, so that it goes back by steps only.
  if (driver_.steps_back() > steps_back_seen_ && !may_step_back())
    report_broken("the wall clock was stepped back");
  steps_back_seen_ = driver_.steps_back();
  const auto picture = board_.latest();
  check_warning(picture->clock);
  const core::SteerPolicy steering = core::traits(picture->phase.phase).steering;
  const bool may_slew =
      steering == core::SteerPolicy::slew || steering == core::SteerPolicy::finish_slew;
  if (picture->steering && last_decision_ && world.now() > external_until_) {
    const Ppm slew = may_slew ? last_decision_->slew_rate : Ppm{0};
    const Ppm decided = last_decision_->frequency + slew;
    const Ppm found = client.kernel().rate();
    const bool finished =
        last_decision_->single_shot && client.kernel().singleshot_remaining() == Nanos{0};
    const Ppm wanted = finished ? last_decision_->frequency : decided;
    if (magnitude(found - wanted) > kProgrammedTolerance)
      report_broken("the kernel runs at " + format(found) + ", not at " + format(decided));
  }
}

// The start-up step alone, and under `boot` only soon after the boot: check_kernel() may come a
// second later.
bool EngineHost::may_step_back() const {
  const core::StepConfig& step = config_.step;
  const bool booted = client.clock().now().boot.since_epoch < step.boot_window + 1s;
  return step.at_startup == core::StartupStep::any ||
         (step.at_startup == core::StartupStep::boot && booted);
}

void EngineHost::check_base(Ppm base) {
  const Ppm size = magnitude(base);
  const Ppm most = config_.steering.max_frequency;
  if (size > most) report_broken("the base frequency is " + format(base));
  if (size <= core::kPlausibleOscillator || most > core::kUsualMaxFrequency) return;
  const MonoTime now = client.kernel().mono();
  if (!implausible_since_ || now - *implausible_since_ < kEvidence)
    report_broken("the base frequency is " + format(base) + " without an hour of evidence");
}

void EngineHost::check_warning(const core::ClockView& clock) {
  if (clock.frequency_state == core::FrequencyState::plausible) {
    if (clock.base_frequency && magnitude(*clock.base_frequency) >= core::kPlausibleOscillator)
      report_broken("no warning for the base frequency " + format(*clock.base_frequency));
  } else if (clock.frequency_state >= core::FrequencyState::implausible && !implausible_since_) {
    implausible_since_ = client.kernel().mono();
  }
}

void EngineHost::check_spike() {
  if (!spike_since_) return;
  const Nanos length = client.kernel().mono() - *spike_since_;
  const Nanos patience = 2 * std::max(config_.phase.spike_watch, 5 * longest_poll());
  if (length > patience) report_broken("the phase Spike has lasted " + format(length));
}

Nanos EngineHost::longest_poll() const {
  const Nanos fixed = config_.phase.special_poll_interval.value_or(Nanos{0});
  return std::max<Nanos>({config_.poll.maximum, fixed, 16s});
}

bool EngineHost::visited(core::Phase phase) const {
  return std::ranges::any_of(transitions,
                             [&](const core::PhaseTransition& each) { return each.to == phase; });
}

void EngineHost::report_broken(std::string what) {
  ++broken_count_;
  if (broken_.size() < kBrokenKept) broken_.push_back(std::move(what));
}

void EngineHost::on_decision(const core::Decision& decision) {
  const bool shot_ends = last_decision_ && last_decision_->single_shot && !decision.single_shot;
  if (shot_ends) shot_ended_ = decision.at.mono;
  if (shot_ended_ && !decision.single_shot && decision.slew_rate.value != 0 &&
      decision.at.mono - *shot_ended_ < kKernelSecond)
    report_broken("slews by frequency while the kernel may still finish a single shot");
  check_base(decision.frequency);
  last_decision_ = decision;
  const Ppm limit = std::max(config_.steering.large_offset_slew, config_.steering.max_slew);
  if (magnitude(decision.slew_rate) > limit + Ppm{1e-6})
    report_broken("slews at " + format(decision.slew_rate));
  // Doubles enter the hash by nano-ppm: what a driver could tell apart, and no more.
  world.trace({decision.at.raw.since_epoch.count(), static_cast<std::int64_t>(decision.phase),
               decision.offset.count(),
               static_cast<std::int64_t>(std::llround(decision.frequency.value * 1e9)),
               static_cast<std::int64_t>(std::llround(decision.slew_rate.value * 1e9)),
               decision.poll_interval.count(), decision.bound.count()});
}

void EngineHost::on_transition(const core::PhaseTransition& transition) {
  check_spike();
  spike_since_.reset();
  if (transition.to == core::Phase::spike) spike_since_ = transition.at;
  transitions.push_back(transition);
  world.trace({static_cast<std::int64_t>(transition.from), static_cast<std::int64_t>(transition.to),
               static_cast<std::int64_t>(transition.event)});
}

void EngineHost::on_jump(const core::ClockEvent& event) {
  jumps.push_back(event);
  jumped_at.push_back(world.now());
  world.trace({static_cast<std::int64_t>(event.cause), event.size.count()});
}

void EngineHost::on_jump_refined(const core::ClockEvent& event) {
  for (core::ClockEvent& each : jumps)
    if (each.id == event.id) each = event;
  world.trace({static_cast<std::int64_t>(event.cause), event.size.count()});
}

void EngineHost::on_note(core::Severity severity, std::string_view text) {
  notes.emplace_back(text);
  world.trace({static_cast<std::int64_t>(severity)});
}

}  // namespace slewd::sim
