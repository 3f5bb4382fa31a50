// SPDX-License-Identifier: Apache-2.0
#include "lab/demo/demo_machine.hpp"

#include <memory>
#include <utility>

#include "lab/demo/demo_script.hpp"

namespace slewd::lab {
namespace {

class ListenerHandle final : public app::WatchHandle {
 public:
  explicit ListenerHandle(std::function<void()> end) : end_(std::move(end)) {}
  ListenerHandle(const ListenerHandle&) = delete;
  ListenerHandle& operator=(const ListenerHandle&) = delete;
  ~ListenerHandle() override { end_(); }

 private:
  std::function<void()> end_;
};

}  // namespace

DemoMachine::DemoMachine(Nanos behind, Ppm slow)
    : began_(real_.now().raw),
      truth_began_(real_.now().wall),
      slow_(slow),
      kernel_(began_, truth_began_ - behind, real_.now().mono),
      sim_clock_(kernel_, [this] { return real_.now().raw; }),
      sim_driver_(kernel_, [this] { return real_.now().raw; }) {
  kernel_.widen_tick_span(kDemoTickSpan);
}

WallTime DemoMachine::truth_at(RawTime raw) const {
  const Nanos passed = raw - began_;
  return truth_began_ + passed + from_seconds(to_seconds(passed) * to_ratio(slow_));
}

WallTime DemoMachine::truth() const { return truth_at(real_.now().raw); }

core::ClockReading DemoMachine::now() const {
  const std::scoped_lock lock(mutex_);
  return sim_clock_.now();
}

Nanos DemoMachine::true_offset() const {
  const core::ClockReading reading = now();
  return truth_at(reading.raw) - reading.wall;
}

DemoMachine::ExternalStep DemoMachine::step_externally(Nanos by) {
  const std::scoped_lock lock(mutex_);
  kernel_.advance_to(real_.now().raw);
  kernel_.step(by);
  return {kernel_.mono()};
}

Result<std::unique_ptr<app::WatchHandle>> DemoMachine::watch_clock(app::ClockNews news) {
  const std::scoped_lock lock(mutex_);
  kernel_.on_set([told = std::move(news.set)](sim::SetKind, Nanos) { told(); });
  return std::unique_ptr<app::WatchHandle>(std::make_unique<ListenerHandle>([this] {
    const std::scoped_lock end(mutex_);
    kernel_.on_set({});
  }));
}

Result<void> DemoMachine::set_frequency(Ppm total) {
  const std::scoped_lock lock(mutex_);
  return sim_driver_.set_frequency(total);
}

Result<void> DemoMachine::start_singleshot(Nanos amount) {
  const std::scoped_lock lock(mutex_);
  return sim_driver_.start_singleshot(amount);
}

Result<void> DemoMachine::step(Nanos amount) {
  const std::scoped_lock lock(mutex_);
  return sim_driver_.step(amount);
}

Result<void> DemoMachine::publish_status(const core::KernelStatus& status) {
  const std::scoped_lock lock(mutex_);
  return sim_driver_.publish_status(status);
}

Result<core::KernelReadback> DemoMachine::read_back() const {
  const std::scoped_lock lock(mutex_);
  return sim_driver_.read_back();
}

}  // namespace slewd::lab
