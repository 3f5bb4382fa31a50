// SPDX-License-Identifier: Apache-2.0
// The signs that are read once a second, because reading them costs system calls: clock source,
// stolen time, the host's clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/ports.hpp"
#include "agent/core/witnesses.hpp"
#include "agent/os/machine/host_clock.hpp"
#include "agent/os/machine/kept_file.hpp"
#include "agent/os/machine/steal_time.hpp"

namespace slewd::os {

// Where the kernel's folders are; tests have their own.
struct KernelFolders {
  std::string sysfs = "/sys";
  std::string dev = "/dev";
  std::string proc = "/proc";
};

enum class WitnessState {
  ok,
  absent,   // this machine or this kernel does not have it
  refused,  // it is there, but this process may not use it
  failing,  // it is there and does not answer
};
[[nodiscard]] std::string_view to_string(WitnessState state);
// `not_found` and `unsupported` are absences.
[[nodiscard]] WitnessState state_of(const Error& error);

struct WitnessReport {
  std::string name;  // "vmclock"
  WitnessState state = WitnessState::absent;
  std::string detail;  // its reading, or why there is none
};

// One thread at a time.
class SignSampler {
 public:
  // Reads for the first time.
  SignSampler(const core::Clock& clock, const KernelFolders& folders);

  // `host_wanted` = read the host's clock anew even if its time has not come.
  void tick(bool host_wanted);

  // The last readings: fills in clocksource, steal and host. If a file cannot be read its sign
  // stays unchanged.
  [[nodiscard]] const core::MachineSigns& signs() const { return signs_; }
  // "ptp", "rtc", "clocksource", "steal".
  [[nodiscard]] std::vector<WitnessReport> describe() const;

 private:
  void read_clocksource();
  void read_steal();

  HostClocks host_;
  KeptFile clocksource_file_;
  KeptFile stat_file_;
  StealMeter steal_;
  std::optional<std::uint64_t> steal_ticks_;  // at the last increase
  core::MachineSigns signs_;
};

}  // namespace slewd::os
