// SPDX-License-Identifier: Apache-2.0
// All witnesses of this machine in one: the vmclock page, vmgenid, the host's clock, the clock
// source, stolen time, and other time daemons. Each is optional and probed once. Its thread reads
// them each second, and wakes the core when something has changed.
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
  // Returns another time daemon ("chronyd (process 812)"), or nothing. Called once a second on the
  // witnesses' thread, and once at the start; it may read files. May be empty.
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
  // the vmclock page. It reads at each whole second of CLOCK_MONOTONIC, so that it wakes the
  // processor together with other timers.
  void start();

  // Any thread: from now on `on_change` is called on the witnesses' thread when the core should
  // sample; it should only post to a loop. Empty = no more calls, and none runs after the return.
  void tell(std::function<void()> on_change);

  // The core's thread. The vmclock page is read anew, the rest is what the thread found last. Well
  // under 10 us.
  [[nodiscard]] core::MachineSigns look() override;

  // The core's thread.
  void expect(std::optional<Ppm> rate, std::uint64_t changes) override;
  // Any thread: read the host's clock at once, or within a second of the last reading. Repeated
  // calls have no further effect.
  void refresh_soon() override;

  // The state of each witness in a fixed order: vmclock, vmgenid, ptp, rtc, clocksource, steal.
  // Only before start().
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
  std::optional<std::uint64_t> generations_;  // by vmgenid since the start; witnesses' thread
  SignSampler sampler_;
  Board<core::MachineSigns> found_;
  std::atomic<bool> refresh_asked_{false};
  std::atomic<double> expected_rate_;  // ppm; not a number = unknown
  std::atomic<std::uint64_t> expected_changes_{0};
  // The rest belongs to the witnesses' thread.
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
