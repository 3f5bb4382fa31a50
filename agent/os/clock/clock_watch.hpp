// SPDX-License-Identifier: Apache-2.0
// Tells at once when somebody sets the wall clock: a timer that the kernel cancels at every
// discontinuous change of CLOCK_REALTIME, also by a resume and by a leap second (timerfd_create(2),
// TFD_TIMER_CANCEL_ON_SET). Never in single-thread mode.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::os {

// What the watch needs of the kernel; tests bring their own.
class SetAlarm {
 public:
  virtual ~SetAlarm() = default;
  // Readable when take() has something to tell.
  [[nodiscard]] virtual int descriptor() const = 0;
  // 0, or ECANCELED when the clock was set since the last take(): armed all the same. Other errno
  // values are failures.
  virtual int arm() = 0;
  // ECANCELED = the clock was set; EAGAIN = nothing; 0 = the timer itself expired.
  virtual int take() = 0;
};

// `unsupported` on kernels before 3.0.
[[nodiscard]] Result<std::unique_ptr<SetAlarm>> make_set_alarm();

// A thread of its own that only waits. The daemon's own steps are reported as well. Without it the
// periodic look at the clocks still finds every step.
class ClockWatch {
 public:
  // `on_set`, and once the kernel refuses to go on `on_end`, are called on the watch's thread,
  // which is why they should only post to a loop.
  [[nodiscard]] static Result<std::unique_ptr<ClockWatch>> start(std::function<void()> on_set,
                                                                 std::function<void()> on_end);
  [[nodiscard]] static Result<std::unique_ptr<ClockWatch>> start(std::unique_ptr<SetAlarm> alarm,
                                                                 std::function<void()> on_set,
                                                                 std::function<void()> on_end);
  ClockWatch(const ClockWatch&) = delete;
  ClockWatch& operator=(const ClockWatch&) = delete;
  // Waits for a running `on_set` or `on_end`.
  ~ClockWatch();

 private:
  ClockWatch(std::unique_ptr<SetAlarm> alarm, std::function<void()> on_set,
             std::function<void()> on_end, Fd stop_read, Fd stop_write);
  void run();
  // False when the watch cannot go on.
  bool on_readable();

  std::unique_ptr<SetAlarm> alarm_;
  std::function<void()> on_set_;
  std::function<void()> on_end_;
  Fd stop_read_;
  Fd stop_write_;  // closing it ends the thread
  std::jthread thread_;
};

}  // namespace slewd::os
