// SPDX-License-Identifier: Apache-2.0
#include "agent/app/restore_frequency.hpp"

#include "agent/app/steering_marker.hpp"
#include "agent/core/discipline/discipline.hpp"
#include "agent/os/clock/kernel_clock.hpp"
#include "agent/os/state_file.hpp"

namespace slewd::app {
namespace {

using core::kPlausibleOscillator;

Result<void> put_back(os::KernelClock& clock, const std::string& state_directory) {
  os::StateFile drift(state_directory + "/drift", os::machine_identity());
  if (const auto record = drift.load();
      record && magnitude(record->frequency) <= kPlausibleOscillator)
    return clock.set_frequency(record->frequency);
  const auto now = clock.read_back();
  if (!now) return fail(now.error());
  if (magnitude(now->frequency) <= kPlausibleOscillator) return {};
  return clock.set_frequency(Ppm{0});
}

}  // namespace

Result<void> restore_frequency(const std::string& state_directory) {
  SteeringMarker marker(state_directory);
  if (!marker.present()) return {};
  os::KernelClock clock;
  if (auto done = put_back(clock, state_directory); !done) return done;
  return marker.set(false);
}

}  // namespace slewd::app
