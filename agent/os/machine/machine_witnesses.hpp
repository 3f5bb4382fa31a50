// SPDX-License-Identifier: Apache-2.0
// All witnesses of this machine in one: the vmclock page, vmgenid, the host's clock, the clock
// source, stolen time, and whoever else steers the clock. Each is optional and probed once. Its
// thread looks each second, and wakes the core where something has changed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/core/discipline/slope_watch.hpp"
#include "agent/core/ports.hpp"
#include "agent/core/witnesses.hpp"
#include "agent/os/machine/sign_sampler.hpp"
#include "agent/os/machine/vmclock.hpp"
#include "agent/os/machine/vmgenid.hpp"
#include "agent/os/poll_loop.hpp"
#include "base/board.hpp"

namespace slewd::os {

class MachineWitnesses final : public core::Witnesses {
 public:
  // Says who else steers the clock ("chronyd (process 812)"), or nothing. Called once a second on
  // the witnesses' thread, and once at the start; it may read files. Empty = nobody says.
  using Discipliner = std::function<std::string()>;

  // Probes everything and reads it once; on hardware with a slow battery clock that takes up to a
  // second. `clock` outlives this object and may be read on any thread.
  MachineWitnesses(const core::Clock& clock, Discipliner discipliner,
                   const KernelFolders& folders = {});
  MachineWitnesses(const MachineWitnesses&) = delete;
  MachineWitnesses& operator=(const MachineWitnesses&) = delete;
  // Waits for a running `discipliner`, and for a battery clock that is being read.
  ~MachineWitnesses() override;

  // Starts the thread; once. Never in single-thread mode: the signs then stay as probed, but for
  // the vmclock page. It looks each time CLOCK_MONOTONIC shows a whole second, so that it wakes the
  // processor together with whatever else keeps to whole seconds.
  void start();

  // Any thread: from now on `on_change` is called on the thread of the witnesses where the core has
  // reason to look; it should only post to a loop. Empty = no more, and none runs after the return.
  void tell(std::function<void()> on_change);

  // The core's thread. The vmclock page is read anew, the rest is what the thread found last. Well
  // under 10 us.
  [[nodiscard]] core::MachineSigns look() override;

  // The core's thread.
  void expect(std::optional<Ppm> rate, std::uint64_t changes) override;
  // Any thread: the next reading of the host's clock shall come at once, or within a second of the
  // last one, instead of at its time. Asking twice is asking once.
  void refresh_soon() override;

  // What there is and what is not, in a fixed order: vmclock, vmgenid, ptp, rtc, clocksource,
  // steal. Before start() only.
  [[nodiscard]] std::vector<WitnessReport> describe() const;

 private:
  void look_at_page();
  void serve_uevents();
  void at_next_second();
  void sample(bool host_wanted);
  [[nodiscard]] bool has_news(const core::MachineSigns& before, const core::MachineSigns& now);
  [[nodiscard]] bool page_has_changed();
  [[nodiscard]] bool clocks_have_moved();

  const core::Clock& clock_;
  Discipliner discipliner_;
  Result<Vmclock> vmclock_;
  std::optional<VmclockPage> page_;  // the last good one; the core's thread
  std::string vmgenid_;              // the device; empty = none
  Result<GenerationListener> uevents_;
  std::optional<std::uint64_t> generations_;  // told by vmgenid since the start; the own thread
  SignSampler sampler_;
  Board<core::MachineSigns> found_;
  std::atomic<bool> refresh_asked_{false};
  std::atomic<double> expected_rate_;  // ppm; not a number = unknown
  std::atomic<std::uint64_t> expected_changes_{0};
  // The rest is the own thread's.
  core::SlopeWatch slope_{core::kHintSpan, core::kSlopeTolerance};
  std::optional<core::ClockReading> base_;
  std::optional<VmclockPage> watched_page_;
  std::optional<core::LateLook> late_;
  MonoTime due_;
  std::mutex telling_;
  std::function<void()> on_change_;  // under telling_
  PollLoop loop_;
  std::jthread thread_;
};

}  // namespace slewd::os
