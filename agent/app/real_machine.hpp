// The machine that we run on: the kernel's clocks, and the drift file in the state directory.
#pragma once

#include <string>

#include "agent/app/machine.hpp"
#include "agent/linux/kernel_clock.hpp"
#include "agent/linux/state_file.hpp"
#include "agent/linux/system_clock.hpp"

namespace slewd::app {

class RealMachine final : public Machine {
 public:
  explicit RealMachine(const std::string& state_directory);

  [[nodiscard]] const core::Clock& clock() const override { return clock_; }
  [[nodiscard]] core::Clock& core_clock() override { return clock_; }
  [[nodiscard]] core::ClockDriver& driver() override { return driver_; }
  [[nodiscard]] core::DriftStore& drift() override { return drift_; }
  [[nodiscard]] const core::Clock& stamp_clock() const override { return clock_; }
  [[nodiscard]] core::Witnesses& witnesses() override { return witnesses_; }
  [[nodiscard]] core::ClockCalls& clock_calls() override { return clock_calls_; }
  [[nodiscard]] Result<std::unique_ptr<WatchHandle>> watch_clock(
      std::function<void()> on_set) override;

 private:
  os::SystemClock clock_;
  os::KernelClock driver_;
  os::StateFile drift_;
  core::NoWitnesses witnesses_;
  core::NoClockCalls clock_calls_;
};

}  // namespace slewd::app
