// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/engine_world.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace slewd::tests {

using namespace std::chrono_literals;

core::CoreConfig EngineWorld::default_config() {
  core::CoreConfig config;
  config.step.at_startup = core::StartupStep::never;
  return config;
}

EngineWorld::EngineWorld(std::uint64_t seed, sim::ClientConfig client_config,
                         core::CoreConfig config, sim::TrueTime start)
    : EngineHost(seed, std::move(client_config), std::move(config), start) {}

sim::ServerHost& EngineWorld::add_server(const std::string& name, sim::LinkLaw law,
                                         sim::Personality personality) {
  sim::ServerHost host;
  host.name = name;
  host.endpoint = sim::ipv4(192, 0, 2, ++servers_);
  host.personality = std::move(personality);
  host.up = law;
  host.down = law;
  return EngineHost::add_server(std::move(host));
}

void EngineWorld::start() {
  start_engine();
  world.every(1s, [this] { check_second(); });
}

void EngineWorld::check_second() {
  check_kernel();
  check_spike();
  const Nanos error = client.true_offset();
  const double seconds = to_seconds(error);
  sum_of_squares_ += seconds * seconds;
  ++seconds_;
  largest_ = std::max(largest_, magnitude(error));
  const core::ClockView clock = clock_now();
  if (!clock.error_bound || phase() != core::Phase::sync) return;
  ++bound_checks_;
  if (magnitude(error) > *clock.error_bound) ++bound_violations_;
}

double EngineWorld::rms() const {
  return seconds_ == 0 ? 0 : std::sqrt(sum_of_squares_ / static_cast<double>(seconds_));
}

void EngineWorld::reset_error() {
  sum_of_squares_ = 0;
  seconds_ = 0;
  largest_ = {};
}

}  // namespace slewd::tests
