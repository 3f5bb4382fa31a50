// SPDX-License-Identifier: Apache-2.0
// Ports to what else can show that the clock moved, and who moved it: the hypervisor, the
// machine's other clocks, the process table, the kernel's tracepoints. Each witness is optional:
// an empty value means that it is not known. The core asks on its own thread at each look at the
// clocks, so an answer costs microseconds and never waits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/frequency.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

// A clock that a pause of this machine does not stop: the hypervisor's (vmclock, ptp_kvm, Hyper-V)
// or the battery's. It may be wrong by any constant: only its changes against RAW count. It stays
// as it is until it is read again.
struct HostClock {
  Nanos ahead{};        // its time less our wall clock, for people
  Nanos uncertainty{};  // half width: microseconds for a PTP device, half a second for an RTC
  RawTime read{};
  Nanos phase{};  // its time less RAW, at `read`
};

// How late a thread that looks each second came.
struct LateLook {
  Nanos by{};
  std::optional<Nanos> steal_before;  // as MachineSigns::steal, at the look before
  std::uint64_t count = 0;            // of such looks: another number is another one

  friend bool operator==(const LateLook&, const LateLook&) = default;
};

// What the machine's other witnesses say now. A change from one look to the next is the sign.
struct MachineSigns {
  std::optional<std::uint64_t> disruption_marker;  // vmclock: changes with migration and restore
  std::optional<std::uint64_t> generation;  // vmclock or vmgenid: changes with restore and cloning
  bool disruption_announced = false;        // vmclock: a migration is near
  std::string clocksource;                  // "tsc"; empty = unknown
  std::optional<HostClock> host;
  std::optional<HostClock> host_before;  // the reading before, where it was kept
  std::optional<Nanos> steal;            // by the hypervisor since boot, the mean of all processors
  std::optional<LateLook> late;          // the last one; empty = only the core looks at the clocks
  std::string discipliner;  // who else steers the clock: "chronyd (process 812)"; empty = none
};

class Witnesses {
 public:
  virtual ~Witnesses() = default;
  [[nodiscard]] virtual MachineSigns look() = 0;
  // MONOTONIC should run so much faster than RAW from now on; empty = the clock is not ours.
  // `changes`: another number where it was set anew.
  virtual void expect(std::optional<Ppm> rate, std::uint64_t changes) = 0;
  // Something looks like a pause: the host's clock should be read again before long.
  virtual void refresh_soon() = 0;
};

// A system call that may have set or steered the clock, by another process.
struct ClockCall {
  RawTime at{};         // when it entered the kernel
  int process = 0;      // pid, in the initial namespace
  std::string command;  // "date"
  std::string origin;   // systemd unit or container: "cron.service"; empty = unknown
  bool sets = false;    // clock_settime or settimeofday; else an adjtimex, which may only have read
};

class ClockCalls {
 public:
  virtual ~ClockCalls() = default;
  // The calls that entered the kernel at or after `from`, oldest first. Calls older than ten
  // seconds may have been forgotten.
  [[nodiscard]] virtual std::vector<ClockCall> since(RawTime from) = 0;
};

// A machine without any of them.
class NoWitnesses final : public Witnesses {
 public:
  [[nodiscard]] MachineSigns look() override { return {}; }
  void expect(std::optional<Ppm>, std::uint64_t) override {}
  void refresh_soon() override {}
};
class NoClockCalls final : public ClockCalls {
 public:
  [[nodiscard]] std::vector<ClockCall> since(RawTime) override { return {}; }
};

// "date (process 812, cron.service)"; of several suspects each once, "a or b": first who wanted to
// set the clock, though the kernel may have refused, then who may only have read it.
[[nodiscard]] std::string describe_suspects(const std::vector<ClockCall>& calls);

}  // namespace slewd::core
