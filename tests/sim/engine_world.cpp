#include "tests/sim/engine_world.hpp"

#include <algorithm>
#include <cmath>

#include "base/duration.hpp"

namespace slewd::tests {

using namespace std::chrono_literals;

core::CoreConfig EngineWorld::default_config() {
  core::CoreConfig config;
  config.step.at_startup = core::StartupStep::never;
  return config;
}

EngineWorld::EngineWorld(std::uint64_t seed, sim::ClientConfig client_config,
                         core::CoreConfig config)
    : world(seed), client(world.add_client(std::move(client_config))), config_(std::move(config)) {}

EngineWorld::~EngineWorld() {
  client.on_datagram({});
  client.on_clock_set({});
}

sim::ServerHost& EngineWorld::add_server(const std::string& name, sim::LinkLaw law,
                                         sim::Personality personality) {
  sim::ServerHost host;
  host.name = name;
  host.endpoint = sim::ipv4(192, 0, 2, ++servers_);
  host.personality = std::move(personality);
  host.up = law;
  host.down = law;
  core::SourceConfig source;
  source.name = source.host = name;
  config_.sources.push_back(source);
  return world.add_server(std::move(host));
}

void EngineWorld::start() {
  engine_ = std::make_unique<core::Engine>(
      core::Env{client.clock(), client.driver(), client.network(), client.timers(),
                client.entropy(), client.resolver(), client.drift_store(), *this},
      config_, board_);
  client.on_datagram([this](const core::Datagram& datagram) { engine_->on_datagram(datagram); });
  client.on_clock_set([this] {
    last_.reset();  // somebody else's step is not ours to answer for
    engine_->on_clock_set();
  });
  engine_->start();
  world.every(1s, [this] { check_second(); });
}

void EngineWorld::reload(const std::function<void(core::CoreConfig&)>& change) {
  change(config_);
  engine_->apply(config_);
}

void EngineWorld::check_backwards() {
  const core::ClockReading now = client.clock().now();
  if (last_ && now.wall < last_->wall)
    broken_.push_back("the wall clock went back by " + format(last_->wall - now.wall));
  last_ = now;
}

void EngineWorld::check_second() {
  check_backwards();
  const Nanos error = client.true_offset();
  const double seconds = to_seconds(error);
  sum_of_squares_ += seconds * seconds;
  ++seconds_;
  largest_ = std::max(largest_, magnitude(error));

  const auto picture = snapshot();
  if (picture->clock.error_bound && picture->phase.phase == core::Phase::sync) {
    ++bound_checks_;
    if (magnitude(error) > *picture->clock.error_bound) ++bound_violations_;
  }
  // What the kernel does is what was decided, and nothing runs on that nobody answers for.
  const auto steering = core::traits(picture->phase.phase).steering;
  const bool may_slew =
      steering == core::SteerPolicy::slew || steering == core::SteerPolicy::finish_slew;
  if (picture->steering && last_decision_) {
    const Ppm slew = may_slew ? last_decision_->slew_rate : Ppm{0};
    const Ppm decided = last_decision_->frequency + slew;
    if (magnitude(client.kernel().rate() - decided) > Ppm{0.01})
      broken_.push_back("the kernel runs at " + format(client.kernel().rate()) + ", not at " +
                        format(decided));
  }
  const double rate = std::abs(picture->clock.slew_rate.value);
  const double limit =
      std::max(config_.steering.large_offset_slew.value, config_.steering.max_slew.value);
  if (rate > limit + 1e-6) broken_.push_back("slew at " + std::to_string(rate) + " ppm");
}

double EngineWorld::rms() const {
  return seconds_ == 0 ? 0 : std::sqrt(sum_of_squares_ / static_cast<double>(seconds_));
}

void EngineWorld::reset_error() {
  sum_of_squares_ = 0;
  seconds_ = 0;
  largest_ = {};
}

bool EngineWorld::visited(core::Phase phase) const {
  return std::ranges::any_of(transitions,
                             [&](const core::PhaseTransition& each) { return each.to == phase; });
}

void EngineWorld::on_decision(const core::Decision& decision) {
  check_backwards();
  last_decision_ = decision;
  // Doubles enter the hash by nano-ppm: what a driver could tell apart, and no more.
  world.trace({decision.at.raw.since_epoch.count(), static_cast<std::int64_t>(decision.phase),
               decision.offset.count(),
               static_cast<std::int64_t>(std::llround(decision.frequency.value * 1e9)),
               static_cast<std::int64_t>(std::llround(decision.slew_rate.value * 1e9)),
               decision.poll_interval.count(), decision.bound.count()});
}

void EngineWorld::on_transition(const core::PhaseTransition& transition) {
  transitions.push_back(transition);
  world.trace({static_cast<std::int64_t>(transition.from), static_cast<std::int64_t>(transition.to),
               static_cast<std::int64_t>(transition.event)});
}

void EngineWorld::on_jump(const core::ClockEvent& event) {
  jumps.push_back(event);
  world.trace({static_cast<std::int64_t>(event.cause), event.size.count()});
}

void EngineWorld::on_note(core::Severity severity, std::string_view) {
  world.trace({static_cast<std::int64_t>(severity)});
}

}  // namespace slewd::tests
