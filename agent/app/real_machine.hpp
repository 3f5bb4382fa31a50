// SPDX-License-Identifier: Apache-2.0
// The machine that slewd runs on: the kernel's clocks, the drift file in the state directory, and
// the witnesses of jumps.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/machine.hpp"
#include "agent/os/clock/kernel_clock.hpp"
#include "agent/os/clock/system_clock.hpp"
#include "agent/os/machine/machine_witnesses.hpp"
#include "agent/os/state_file.hpp"
#include "agent/os/trace/clock_calls.hpp"
#include "agent/os/trace/trace_events.hpp"

namespace slewd::app {

class RealMachine final : public Machine {
 public:
  // Without `tracing`: no thread is started, and the process table is the only witness, read once.
  RealMachine(const std::string& state_directory, std::optional<os::CallTracing> tracing);

  [[nodiscard]] const core::Clock& clock() const override { return clock_; }
  [[nodiscard]] core::Clock& core_clock() override { return clock_; }
  [[nodiscard]] core::ClockDriver& driver() override { return driver_; }
  [[nodiscard]] core::DriftStore& drift() override { return drift_; }
  [[nodiscard]] const core::Clock& stamp_clock() const override { return clock_; }
  [[nodiscard]] core::Witnesses& witnesses() override;
  [[nodiscard]] core::ClockCalls& clock_calls() override;
  [[nodiscard]] core::PlausibleTime plausible_time() const override { return plausible_; }
  [[nodiscard]] std::vector<std::string> shortcomings() const override { return shortcomings_; }
  [[nodiscard]] Result<std::unique_ptr<WatchHandle>> watch_clock(ClockNews news) override;

 private:
  // The state at the start, unchanged.
  class StartWitnesses final : public core::Witnesses {
   public:
    explicit StartWitnesses(std::string discipliner) {
      signs_.discipliner = std::move(discipliner);
    }
    [[nodiscard]] core::MachineSigns look() override { return signs_; }
    void expect(std::optional<Ppm>, std::uint64_t) override {}
    void refresh_soon() override {}

   private:
    core::MachineSigns signs_;
  };

  void start_watching(os::CallTracing tracing);

  core::PlausibleTime plausible_;  // before anything here is written
  os::SystemClock clock_;
  os::KernelClock driver_;
  os::StateFile drift_;
  StartWitnesses at_start_;
  core::NoClockCalls no_calls_;
  std::vector<std::string> shortcomings_;
  std::unique_ptr<os::MachineWitnesses> witnesses_;
  std::unique_ptr<os::ClockCallWatch> calls_;
};

}  // namespace slewd::app
