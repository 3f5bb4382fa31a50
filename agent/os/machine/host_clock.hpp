// SPDX-License-Identifier: Apache-2.0
// The best clock of the machine that a pause does not stop: the hypervisor's PTP device, else the
// battery clock. Read now and then, on a thread that may wait.
#pragma once

#include <optional>
#include <string>

#include "agent/core/ports.hpp"
#include "agent/core/witnesses.hpp"
#include "agent/os/machine/battery_clock.hpp"
#include "agent/os/machine/ptp_clock.hpp"
#include "base/result.hpp"

namespace slewd::os {

// One thread at a time.
class HostClocks {
 public:
  // Probes both; a PTP device that cannot be read now is never asked again. It is sought below
  // `sysfs` and opened below `dev`.
  HostClocks(const core::Clock& clock, const std::string& sysfs = "/sys",
             const std::string& dev = "/dev");

  // Reads anew when it is time: a PTP device each time, the battery clock every 10 s, or when
  // `wanted`, though not twice within a second: a request that comes too early stands until then.
  // A PTP device that fails is asked again the next time, and the battery clock does not stand in
  // for it: the two need not agree, and a change of `ahead` would look like a pause.
  void look(bool wanted);

  // The last good reading; empty where there has been none.
  [[nodiscard]] const std::optional<core::HostClock>& last() const { return last_; }
  // "KVM virtual PTP", as the kernel names it; empty = the machine has none.
  [[nodiscard]] const std::string& ptp_name() const { return ptp_name_; }
  // Of the last attempt at each; `not_found` where there is none.
  [[nodiscard]] const std::optional<Error>& ptp_error() const { return ptp_error_; }
  [[nodiscard]] const std::optional<Error>& battery_error() const { return battery_error_; }
  // The battery clock's last good reading, even where the PTP device is the witness.
  [[nodiscard]] const std::optional<core::HostClock>& battery() const { return battery_last_; }

 private:
  [[nodiscard]] bool battery_is_due(bool wanted);
  void read_battery();
  void read_ptp();

  const core::Clock& clock_;
  std::string ptp_name_;
  std::optional<PtpClock> ptp_;
  BatteryClock battery_clock_;
  std::optional<core::HostClock> last_;
  std::optional<core::HostClock> battery_last_;
  std::optional<Error> ptp_error_;
  std::optional<Error> battery_error_;
  std::optional<MonoTime> battery_tried_;
  bool request_stands_ = false;
};

}  // namespace slewd::os
