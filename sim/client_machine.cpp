// SPDX-License-Identifier: Apache-2.0
#include "sim/client_machine.hpp"

#include <algorithm>
#include <utility>

#include "sim/trace_kind.hpp"

namespace slewd::sim {

ClientMachine::ClientMachine(EventQueue& queue, Internet& internet, ClientConfig config)
    : queue_(queue),
      utc_(internet.utc()),
      wake_latency_(config.wake_latency),
      timer_latency_(config.timer_latency),
      stamp_noise_(config.stamp_noise),
      oscillator_(std::move(config.oscillator), internet.stream(config.name + "/oscillator"),
                  queue.now(), RawTime{config.uptime}),
      kernel_(RawTime{config.uptime}, utc_.at(queue.now()) - config.offset,
              MonoTime{config.uptime}),
      clock_(kernel_, [this] { return raw_now(); }),
      driver_(kernel_, [this] { return raw_now(); }),
      network_(internet, config.name, [this] { return raw_now(); }),
      timers_(
          queue, internet.stream(config.name + "/timers"), [this] { return kernel().mono(); },
          [this](MonoTime mono) { return forecast(mono); }),
      entropy_(internet.stream(config.name + "/entropy")),
      resolver_(queue),
      witnesses_([this] { return raw_now(); }) {
  network_.deliver_to([this](const core::Datagram& datagram) {
    if (running() && on_datagram_) on_datagram_(datagram);
  });
  kernel_.on_set([this](SetKind kind, Nanos by) { clock_was_set(kind, by); });
  kernel_.on_rate([this] { rate_changed(); });
  set_latencies({});
}

Nanos ClientMachine::true_offset() { return utc_.at(queue_.now()) - kernel().wall(); }

Ppm ClientMachine::true_frequency() {
  const double kernel_ratio = to_ratio(kernel().rate());
  const double oscillator_ratio = to_ratio(oscillator_.frequency());
  return from_ratio((1 + kernel_ratio) * (1 + oscillator_ratio) - 1);
}

RawTime ClientMachine::raw_now() { return oscillator_.raw_at(queue_.now()); }

KernelClock& ClientMachine::kernel() {
  kernel_.advance_to(raw_now());
  return kernel_;
}

void ClientMachine::add_host_clock(Nanos uncertainty) {
  witnesses_.add_host_clock(
      [this] { return Nanos{utc_.at(queue_.now()).since_epoch - raw_now().since_epoch}; },
      uncertainty);
}

void ClientMachine::shift_frequency(Ppm by) {
  oscillator_.shift_frequency(queue_.now(), by);
  timers_.rearm();
}

void ClientMachine::pause(Nanos length) {
  oscillator_.stop(queue_.now(), queue_.now() + length);
  timers_.rearm();
}

void ClientMachine::stall(Nanos length) {
  stalled_until_ = std::max(stalled_until_, queue_.now() + length);
  network_.hold_until(stalled_until_);
  timers_.hold_until(stalled_until_);
}

void ClientMachine::be_busy(Nanos length, Nanos mean) {
  const TrueTime end = queue_.now() + length;
  busy_until_ = std::max(busy_until_, end);
  set_latencies(mean);
  queue_.at(end, [this] {
    if (queue_.now() >= busy_until_) set_latencies({});
  });
}

void ClientMachine::set_latencies(Nanos busy) {
  network_.set_stamp_noise(std::max(stamp_noise_, busy));
  timers_.set_latency(std::max(timer_latency_, busy));
}

void ClientMachine::suspend(Nanos length, Nanos wall_error) {
  const TrueTime resume = queue_.now() + length;
  oscillator_.stop(queue_.now(), resume);
  timers_.rearm();
  queue_.at(resume, [this, length, wall_error] { kernel().resume_after(length, wall_error); });
}

void ClientMachine::clock_was_set(SetKind kind, Nanos by) {
  queue_.trace({traced(TraceKind::clock_set), static_cast<std::int64_t>(kind), by.count()});
  // As a poll loop learns it: a little later, on a wake-up of its own.
  queue_.at(std::max(queue_.now() + wake_latency_, stalled_until_), [this] {
    if (on_clock_set_) on_clock_set_();
  });
}

void ClientMachine::rate_changed() {
  queue_.trace({traced(TraceKind::rate_changed), kernel_.tick(),
                static_cast<std::int64_t>(kernel_.frequency().value * 65'536.0),
                kernel_.singleshot_remaining().count()});
  timers_.rearm();
}

TrueTime ClientMachine::forecast(MonoTime mono) {
  const RawTime raw = kernel().raw_when(mono);
  return oscillator_.when(raw);
}

}  // namespace slewd::sim
