// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/host_clock.hpp"

#include <chrono>
#include <utility>

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

// Each reading of emulated hardware leaves the machine some twenty times, and may wait.
constexpr Nanos kBatteryEvery = 10s;
constexpr Nanos kBatteryAtMostEvery = 1s;

}  // namespace

HostClocks::HostClocks(const core::Clock& clock, const std::string& sysfs, const std::string& dev)
    : clock_(clock), battery_clock_(sysfs + "/class/rtc/rtc0/since_epoch") {
  PtpDevice device = find_host_clock(sysfs, dev);
  ptp_name_ = device.name;
  if (device.path.empty()) {
    ptp_error_ = Error(ErrorCode::not_found, "no PTP device of a hypervisor");
  } else if (auto opened = PtpClock::open(device)) {
    ptp_ = std::move(*opened);
    read_ptp();
    if (ptp_error_) ptp_.reset();  // a device that cannot be read at all is none
  } else {
    ptp_error_ = std::move(opened.error());
  }
  read_battery();
}

void HostClocks::look(bool wanted) {
  if (ptp_) {
    read_ptp();
  } else if (battery_is_due(wanted)) {
    read_battery();
  }
}

bool HostClocks::battery_is_due(bool wanted) {
  if (battery_error_ && battery_error_->code() == ErrorCode::not_found) return false;
  request_stands_ = request_stands_ || wanted;
  const Nanos wait = request_stands_ ? kBatteryAtMostEvery : kBatteryEvery;
  return !battery_tried_ || clock_.now().mono - *battery_tried_ >= wait;
}

void HostClocks::read_battery() {
  battery_tried_ = clock_.now().mono;
  request_stands_ = false;
  auto reading = battery_clock_.read(clock_);
  if (!reading) {
    battery_error_.emplace(std::move(reading.error()));
    return;
  }
  battery_error_.reset();
  battery_last_ = *reading;
  if (!ptp_) last_ = *reading;
}

void HostClocks::read_ptp() {
  auto reading = ptp_->read(clock_);
  if (!reading) {
    ptp_error_.emplace(std::move(reading.error()));
    return;
  }
  ptp_error_.reset();
  last_ = *reading;
}

}  // namespace slewd::os
