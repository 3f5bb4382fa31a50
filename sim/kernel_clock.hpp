// SPDX-License-Identifier: Apache-2.0
// A model of Linux's clock as adjtimex(2) shows it, driven by RAW time alone: over a virtual
// oscillator in tests, over the machine's own CLOCK_MONOTONIC_RAW in the demo. Integer arithmetic:
// results depend neither on the compiler nor on how often it is advanced.
// Two simplifications: adjtime() starts at once and in nanoseconds instead of at the next second
// in steps of 500 us, and maxerror grows steadily instead of once a second.
// Not thread-safe; the listeners are called inside the changing call and must not change it again.
#pragma once

#include <cstdint>
#include <functional>

#include "base/frequency.hpp"
#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd::sim {

// Bits and limits as Linux has them (include/uapi/linux/timex.h).
inline constexpr int kStatusInsert = 0x0010;  // STA_INS
inline constexpr int kStatusDelete = 0x0020;  // STA_DEL
inline constexpr int kStatusUnsync = 0x0040;  // STA_UNSYNC
inline constexpr int kTickNominal = 10'000;   // us for each tick of 10 ms
inline constexpr int kTickSpan = 1'000;       // how far from nominal ADJ_TICK may be
inline constexpr int kTickLowest = kTickNominal - kTickSpan;
inline constexpr int kTickHighest = kTickNominal + kTickSpan;
inline constexpr Ppm kPpmOfTick{100};       // one unit of tick
inline constexpr Ppm kFrequencyLimit{500};  // of ADJ_FREQUENCY, and the rate of adjtime()
inline constexpr Nanos kMaxErrorLimit = std::chrono::seconds{16};  // here the kernel says UNSYNC
inline constexpr Nanos kSingleshotLimit = std::chrono::seconds{2145};  // what adjtime() takes

// Why REALTIME less MONOTONIC changed.
enum class SetKind { step, resume, leap };

class KernelClock {
 public:
  // As after boot: frequency 0, tick nominal, UNSYNC, both errors at their limit.
  KernelClock(RawTime raw, WallTime wall, MonoTime mono = {});

  // Lets time pass up to `raw`; an earlier one does nothing. A leap second falls in here.
  void advance_to(RawTime raw);

  // All as of the last advance_to().
  [[nodiscard]] RawTime raw() const { return raw_; }
  [[nodiscard]] MonoTime mono() const { return mono_; }
  [[nodiscard]] BootTime boot() const { return BootTime{mono_.since_epoch + suspended_}; }
  [[nodiscard]] WallTime wall() const { return WallTime{mono_.since_epoch + wall_offset_}; }
  // When MONO will reach `mono` if nobody touches the clock; rounded up, not before raw().
  [[nodiscard]] RawTime raw_when(MonoTime mono) const;

  // ADJ_FREQUENCY: clamped to 500 ppm, in steps of 2^-16 ppm.
  void set_frequency(Ppm frequency);
  [[nodiscard]] Ppm frequency() const;
  // ADJ_TICK; `invalid` farther than tick_span() from nominal.
  Result<void> set_tick(int tick);
  [[nodiscard]] int tick() const { return tick_; }
  // Linux's span unless widened: a story that must end soon may slew faster than any real kernel.
  void widen_tick_span(int span) { tick_span_ = span; }
  [[nodiscard]] int tick_span() const { return tick_span_; }
  // How fast WALL and MONO run now against RAW: frequency, tick and adjtime together.
  [[nodiscard]] Ppm rate() const;

  // adjtime(): slews by `amount` (whole microseconds count) at 500 ppm, then stops. Replaces one
  // in progress; zero cancels. `invalid` beyond kSingleshotLimit.
  Result<void> start_singleshot(Nanos amount);
  // ADJ_OFFSET_SS_READ, signed.
  [[nodiscard]] Nanos singleshot_remaining() const;

  // clock_settime() and ADJ_SETOFFSET, ours or anybody's: moves WALL alone, cancels adjtime, says
  // UNSYNC with both errors at their limit.
  void step(Nanos by);
  void set_wall(WallTime wall) { step(wall - this->wall()); }
  // A resume after `away` in which RAW and MONO stood still. WALL is set from the hardware clock,
  // which is off by `wall_error`; the NTP state is cleared as by a step.
  void resume_after(Nanos away, Nanos wall_error = {});

  // ADJ_STATUS. STA_INS and STA_DEL act at the end of the UTC day, once until they are cleared.
  void set_status(int bits);
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] bool unsynchronized() const { return (status_ & kStatusUnsync) != 0; }
  void set_max_error(Nanos error);  // ADJ_MAXERROR; grows by 500 ppm from here
  [[nodiscard]] Nanos max_error() const;
  void set_estimated_error(Nanos error) { estimated_error_ = error; }
  [[nodiscard]] Nanos estimated_error() const { return estimated_error_; }
  void set_tai_offset(int seconds) { tai_offset_ = seconds; }  // ADJ_TAI
  [[nodiscard]] int tai_offset() const { return tai_offset_; }

  // The model of timerfd's TFD_TIMER_CANCEL_ON_SET: told of each discontinuity of WALL.
  void on_set(std::function<void(SetKind, Nanos by)> listener) { on_set_ = std::move(listener); }
  // Told when rate() was changed by a call (not when an adjtime ends): timers move in RAW time.
  void on_rate(std::function<void()> listener) { on_rate_ = std::move(listener); }

 private:
  [[nodiscard]] std::int64_t scaled_rate() const;
  [[nodiscard]] Nanos gain_over(Nanos raw_ahead, std::int64_t& fraction) const;
  void move_wall(SetKind kind, Nanos by);
  void clear_ntp_state();
  void apply_leap(WallTime before);
  void rate_changed();

  RawTime raw_;
  MonoTime mono_;
  Nanos wall_offset_{};         // WALL - MONO
  Nanos suspended_{};           // BOOT - MONO
  std::int64_t fraction_ = 0;   // of a nanosecond of MONO, in units of 1 / kRateScale
  std::int64_t frequency_ = 0;  // units of 2^-16 ppm
  int tick_ = kTickNominal;
  int tick_span_ = kTickSpan;
  Nanos singleshot_raw_left_{};  // RAW time for which the single shot still runs
  int singleshot_sign_ = 1;
  int status_ = kStatusUnsync;
  bool leap_done_ = false;
  Nanos max_error_ = kMaxErrorLimit;  // at max_error_set_
  MonoTime max_error_set_;
  Nanos estimated_error_ = kMaxErrorLimit;
  int tai_offset_ = 0;
  std::function<void(SetKind, Nanos)> on_set_;
  std::function<void()> on_rate_;
};

}  // namespace slewd::sim
