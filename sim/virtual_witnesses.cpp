// SPDX-License-Identifier: Apache-2.0
#include "sim/virtual_witnesses.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace slewd::sim {
namespace {

constexpr Nanos kReadEvery = std::chrono::seconds(10);

}  // namespace

void VirtualWitnesses::add_host_clock(HostPhase phase, Nanos uncertainty) {
  host_phase_ = std::move(phase);
  uncertainty_ = uncertainty;
}

core::MachineSigns VirtualWitnesses::look() {
  if (host_phase_) {
    const RawTime now = raw_now_();
    const bool asked = std::exchange(refresh_, false);
    if (asked || !signs.host || now - signs.host->read >= kReadEvery) {
      // Rounded down as a clock that shows whole units of twice the uncertainty, then centred.
      const Nanos exact = host_phase_() + now.since_epoch;
      const Nanos unit = std::max(2 * uncertainty_, Nanos{1});
      const Nanos shown = exact - exact % unit + uncertainty_;
      signs.host = core::HostClock{
          .uncertainty = uncertainty_, .read = now, .phase = shown - now.since_epoch};
    }
  }
  return signs;
}

std::vector<core::ClockCall> VirtualClockCalls::since(RawTime from) {
  std::vector<core::ClockCall> found;
  std::ranges::copy_if(calls_, std::back_inserter(found),
                       [from](const core::ClockCall& call) { return call.at >= from; });
  return found;
}

}  // namespace slewd::sim
