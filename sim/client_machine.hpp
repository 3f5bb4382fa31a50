// SPDX-License-Identifier: Apache-2.0
// One simulated machine: oscillator, kernel clock, network and all ports that a core::Engine wants.
// The engine is plugged in by the two handlers. One thread; lives as long as its World.
#pragma once

#include <functional>
#include <string>

#include "sim/clock_ports.hpp"
#include "sim/event_queue.hpp"
#include "sim/kernel_clock.hpp"
#include "sim/network.hpp"
#include "sim/oscillator.hpp"
#include "sim/virtual_ports.hpp"
#include "sim/virtual_timers.hpp"
#include "sim/virtual_witnesses.hpp"

namespace slewd::sim {

struct ClientConfig {
  std::string name = "client";
  Nanos offset{};  // UTC less WALL at the start: positive = the clock is behind
  OscillatorLaw oscillator{};
  Nanos uptime = std::chrono::hours{1};                // what RAW, MONO and BOOT show at the start
  Nanos wake_latency = std::chrono::microseconds{60};  // from a clock set to on_clock_set
  Nanos timer_latency{};  // mean of the exponential time by which timers ring late
  Nanos stamp_noise{};    // the same between a packet on the wire and its stamp
};

class ClientMachine {
 public:
  ClientMachine(EventQueue& queue, Internet& internet, ClientConfig config);
  ClientMachine(const ClientMachine&) = delete;
  ClientMachine& operator=(const ClientMachine&) = delete;

  // Where the engine is plugged in.
  void on_datagram(VirtualNetwork::Receiver handler) { on_datagram_ = std::move(handler); }
  void on_clock_set(std::function<void()> handler) { on_clock_set_ = std::move(handler); }

  [[nodiscard]] SimClock& clock() { return clock_; }
  [[nodiscard]] SimClockDriver& driver() { return driver_; }
  [[nodiscard]] VirtualNetwork& network() { return network_; }
  [[nodiscard]] VirtualTimers& timers() { return timers_; }
  [[nodiscard]] VirtualEntropy& entropy() { return entropy_; }
  [[nodiscard]] VirtualResolver& resolver() { return resolver_; }
  [[nodiscard]] MemoryDriftStore& drift_store() { return drift_store_; }
  [[nodiscard]] VirtualWitnesses& witnesses() { return witnesses_; }
  [[nodiscard]] VirtualClockCalls& clock_calls() { return clock_calls_; }
  // A clock of the host: it goes on while the machine stands still.
  void add_host_clock(Nanos uncertainty);

  // True offset, not visible through the ports: UTC less WALL, positive = the clock is behind.
  [[nodiscard]] Nanos true_offset();
  // How fast WALL runs against true time: oscillator and correction together. Zero is perfect.
  [[nodiscard]] Ppm true_frequency();
  [[nodiscard]] RawTime raw_now();
  // The kernel clock at the present, for external changes: `client.kernel().step(-11s)`.
  [[nodiscard]] KernelClock& kernel();

  // The oscillator changes for good, as after a live migration.
  void shift_frequency(Ppm by);
  // A paused virtual machine: its clocks stop without a notice. Packets in between are lost.
  void pause(Nanos length);
  // No processor for the machine, while its clocks run on: stolen time, or a pause over which the
  // hypervisor keeps the TSC running. Timers and packets wait.
  void stall(Nanos length);
  // The processors have much to do: for `length` timers ring and packets are stamped late by an
  // exponential time of `mean`, where it is not more without.
  void be_busy(Nanos length, Nanos mean);
  // Suspend to memory: on resume WALL and BOOT make up for it, and the clock counts as set.
  void suspend(Nanos length, Nanos wall_error = {});
  [[nodiscard]] bool running() const { return queue_.now() >= oscillator_.stopped_until(); }

 private:
  void set_latencies(Nanos busy);
  void clock_was_set(SetKind kind, Nanos by);
  void rate_changed();
  [[nodiscard]] TrueTime forecast(MonoTime mono);

  EventQueue& queue_;
  const Utc& utc_;
  Nanos wake_latency_;
  Nanos timer_latency_;
  Nanos stamp_noise_;
  Oscillator oscillator_;
  KernelClock kernel_;
  SimClock clock_;
  SimClockDriver driver_;
  VirtualNetwork network_;
  VirtualTimers timers_;
  VirtualEntropy entropy_;
  VirtualResolver resolver_;
  MemoryDriftStore drift_store_;
  VirtualWitnesses witnesses_;
  VirtualClockCalls clock_calls_;
  VirtualNetwork::Receiver on_datagram_;
  TrueTime stalled_until_;
  TrueTime busy_until_;
  std::function<void()> on_clock_set_;
};

}  // namespace slewd::sim
