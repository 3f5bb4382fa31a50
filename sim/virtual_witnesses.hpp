// SPDX-License-Identifier: Apache-2.0
// What a virtual machine's other witnesses say, as the world sets it: all public, all silent at
// first.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "agent/core/witnesses.hpp"

namespace slewd::sim {

class VirtualWitnesses final : public core::Witnesses {
 public:
  // The clock of the host, true time less RAW; empty = the machine has no such witness. Asked every
  // ten seconds, as an RTC is.
  using HostPhase = std::function<Nanos()>;

  explicit VirtualWitnesses(std::function<RawTime()> raw_now) : raw_now_(std::move(raw_now)) {}

  [[nodiscard]] core::MachineSigns look() override;
  void expect(std::optional<Ppm>, std::uint64_t) override {}
  void refresh_soon() override { refresh_ = true; }

  // A battery clock or a PTP device whose readings are off by up to `uncertainty`.
  void add_host_clock(HostPhase phase, Nanos uncertainty);
  core::MachineSigns signs;

 private:
  std::function<RawTime()> raw_now_;
  HostPhase host_phase_;
  Nanos uncertainty_{};
  bool refresh_ = false;
};

class VirtualClockCalls final : public core::ClockCalls {
 public:
  [[nodiscard]] std::vector<core::ClockCall> since(RawTime from) override;
  void add(core::ClockCall call) { calls_.push_back(std::move(call)); }

 private:
  std::vector<core::ClockCall> calls_;
};

}  // namespace slewd::sim
