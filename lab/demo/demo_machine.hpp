// SPDX-License-Identifier: Apache-2.0
// The demo's embedded machine: a simulated kernel clock that runs on the real MONOTONIC_RAW, so
// that real packets can be measured against it and the real clock is not changed.
#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "agent/app/machine.hpp"
#include "agent/os/clock/system_clock.hpp"
#include "sim/clock_ports.hpp"
#include "sim/kernel_clock.hpp"

namespace slewd::lab {

// A drift file that stores nothing.
class NoDriftStore final : public core::DriftStore {
 public:
  std::optional<core::DriftRecord> load() override { return std::nullopt; }
  Result<void> save(const core::DriftRecord&) override { return {}; }
};

// Thread-safe: the core, agent, demo and HTTP threads all read the simulated clock.
class DemoMachine final : public app::Machine, private core::Clock, private core::ClockDriver {
 public:
  // The clock starts `behind` true time, and its oscillator is `slow`.
  DemoMachine(Nanos behind, Ppm slow);

  [[nodiscard]] const core::Clock& clock() const override { return *this; }
  [[nodiscard]] core::Clock& core_clock() override { return *this; }
  [[nodiscard]] core::ClockDriver& driver() override { return *this; }
  [[nodiscard]] core::DriftStore& drift() override { return drift_; }
  [[nodiscard]] const core::Clock& stamp_clock() const override { return real_; }
  [[nodiscard]] core::Witnesses& witnesses() override { return witnesses_; }
  [[nodiscard]] core::ClockCalls& clock_calls() override { return clock_calls_; }
  [[nodiscard]] core::PlausibleTime plausible_time() const override {
    return {truth_began_ - std::chrono::years(1), "the demo"};
  }
  [[nodiscard]] Result<std::unique_ptr<app::WatchHandle>> watch_clock(app::ClockNews news) override;

  // True time now, as the embedded servers report it.
  [[nodiscard]] WallTime truth() const;
  // True time less the simulated wall clock: the offset that slewd should measure.
  [[nodiscard]] Nanos true_offset() const;
  // Steps the clock as another program would.
  struct ExternalStep {
    MonoTime at;  // when it happened, on the simulated monotonic timeline
  };
  ExternalStep step_externally(Nanos by);

 private:
  [[nodiscard]] core::ClockReading now() const override;
  Result<void> set_frequency(Ppm total) override;
  Result<void> start_singleshot(Nanos amount) override;
  Result<void> step(Nanos amount) override;
  Result<void> publish_status(const core::KernelStatus& status) override;
  [[nodiscard]] Result<core::KernelReadback> read_back() const override;
  [[nodiscard]] Ppm max_frequency() const override { return sim_driver_.max_frequency(); }
  [[nodiscard]] WallTime truth_at(RawTime raw) const;

  os::SystemClock real_;
  RawTime began_;
  WallTime truth_began_;
  Ppm slow_;
  mutable std::mutex mutex_;
  mutable sim::KernelClock kernel_;
  sim::SimClock sim_clock_;
  sim::SimClockDriver sim_driver_;
  NoDriftStore drift_;
  core::NoWitnesses witnesses_;
  core::NoClockCalls clock_calls_;
};

}  // namespace slewd::lab
