// SPDX-License-Identifier: Apache-2.0
// The hypervisor's clock as a PTP device: ptp_kvm, Hyper-V, vmclock, VMware, virtio. It shows the
// host's time, which continues while this machine is paused.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agent/core/ports.hpp"
#include "agent/core/witnesses.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::os {

// True for the /sys/class/ptp/ptpN/clock_name of a hypervisor's clock that counts UTC or TAI. A
// network card's clock does not count: it may be wrong. Nor do virtio's smeared clocks.
[[nodiscard]] bool is_host_clock(std::string_view clock_name);

struct PtpDevice {
  std::string path;  // "/dev/ptp0"; empty = no such device
  std::string name;  // "KVM virtual PTP"
};
// The hypervisor's clock of the lowest number. `sysfs` and `dev` are where /sys and /dev are.
[[nodiscard]] PtpDevice find_host_clock(const std::string& sysfs = "/sys",
                                        const std::string& dev = "/dev");

// One thread at a time.
class PtpClock {
 public:
  // ioctl(2) on the device: 0 or an errno.
  using Control = std::function<int(unsigned long request, void* argument)>;

  // `permission` where the device is not for this user, or hidden from this process.
  [[nodiscard]] static Result<PtpClock> open(const PtpDevice& device);
  // For tests: another kernel.
  explicit PtpClock(Control control) : control_(std::move(control)) {}

  // Device and wall clock at one instant, by the best way that the driver offers: both at the same
  // count of the processor's counter (PTP_SYS_OFFSET_PRECISE), or the narrowest of several
  // sandwiches. Where the clock counts TAI, `ahead` holds the 37 s or so: a constant, since only
  // changes are signs; but a leap second changes it. `clock` gives `read`, taken before the device
  // is asked. A few microseconds; as many hypercalls as limits::kPtpSamples at the worst.
  [[nodiscard]] Result<core::HostClock> read(const core::Clock& clock) const;

 private:
  Control control_;
};

}  // namespace slewd::os
