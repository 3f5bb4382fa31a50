// SPDX-License-Identifier: Apache-2.0
// The core's Timers on the simulated MONOTONIC clock. One event of the world stands for the
// earliest deadline; it is placed anew whenever the clock's rate changes (rearm()), so a slew that
// starts while a timer runs moves it as it does on Linux. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "agent/core/ports.hpp"
#include "sim/event_queue.hpp"
#include "sim/random.hpp"

namespace slewd::sim {

class VirtualTimers final : public core::Timers {
 public:
  using MonoNow = std::function<MonoTime()>;
  // When the clock will reach a deadline, as far as known now.
  using Forecast = std::function<TrueTime(MonoTime)>;

  VirtualTimers(EventQueue& queue, Random random, MonoNow mono_now, Forecast forecast)
      : queue_(queue),
        random_(random),
        mono_now_(std::move(mono_now)),
        forecast_(std::move(forecast)) {}

  core::TimerId at(MonoTime when, std::function<void()> expired) override;
  void cancel(core::TimerId timer) override;

  // The forecasts have changed.
  void rearm();
  // Who waits is woken later than the clock says: by an exponential time of this mean.
  void set_latency(Nanos mean) { latency_ = mean; }
  // Nobody is woken before `until`, as when the process does not get a processor.
  void hold_until(TrueTime until) { held_until_ = std::max(held_until_, until); }
  [[nodiscard]] std::size_t pending() const { return timers_.size(); }
  // How often somebody was woken.
  [[nodiscard]] std::uint64_t rings() const { return rings_; }

 private:
  void ring(std::uint64_t arming);

  EventQueue& queue_;
  Random random_;
  MonoNow mono_now_;
  Forecast forecast_;
  std::map<std::pair<MonoTime, core::TimerId>, std::function<void()>> timers_;  // a handful
  std::uint64_t next_id_ = 1;
  std::uint64_t arming_ = 0;  // only the event of the latest arming counts
  std::uint64_t rings_ = 0;
  bool ringing_ = false;
  Nanos latency_{};
  TrueTime held_until_;
};

}  // namespace slewd::sim
