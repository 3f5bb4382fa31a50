// SPDX-License-Identifier: Apache-2.0
#include "agent/os/clock/timex_codec.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <sys/timex.h>

namespace slewd::os {
namespace {

using std::chrono::microseconds;
using namespace std::chrono_literals;

constexpr double kFrequencyUnit = 65536.0;  // timex.freq in 1 ppm (adjtimex(2))
constexpr Nanos kLongestSingleshot = 2145s;
constexpr int kReadOnlyBits = STA_PPSSIGNAL | STA_PPSJITTER | STA_PPSWANDER | STA_PPSERROR |
                              STA_CLOCKERR | STA_NANO | STA_MODE | STA_CLK;
constexpr int kLoopBits = STA_PLL | STA_FLL | STA_PPSFREQ | STA_PPSTIME | STA_FREQHOLD;

long nominal_tick(long ticks_per_second) { return 1'000'000 / ticks_per_second; }

// One microsecond more in each tick makes the clock run faster by this many ppm.
double ppm_per_tick_unit(long ticks_per_second) { return static_cast<double>(ticks_per_second); }

long micros_rounded_up(Nanos duration) {
  return static_cast<long>(std::chrono::ceil<microseconds>(std::max(duration, Nanos{0})).count());
}

int with_flags(const core::KernelStatus& status, int status_bits) {
  int bits = status_bits & ~(STA_UNSYNC | STA_INS | STA_DEL);
  if (!status.synchronized) bits |= STA_UNSYNC;
  if (status.leap == core::Leap::insert) bits |= STA_INS;
  if (status.leap == core::Leap::erase) bits |= STA_DEL;
  return bits;
}

timex status_bits_request(int status_bits) {
  timex request{};
  request.modes = ADJ_STATUS;
  request.status = status_bits & ~kReadOnlyBits;
  return request;
}

}  // namespace

Result<TickAndFrequency> split_frequency(Ppm total, long ticks_per_second) {
  // Written so that NaN is refused, too.
  if (!(magnitude(total) <= kMaxFrequency))
    return fail(ErrorCode::invalid, "a frequency of " + format(total) +
                                        " is beyond what the kernel takes: up to " +
                                        format(kMaxFrequency) + " either way");
  const double grain = ppm_per_tick_unit(ticks_per_second);
  const double steps =
      magnitude(total) <= kMaxFineFrequency ? 0.0 : std::round(total.value / grain);
  const double remainder = total.value - steps * grain;
  return TickAndFrequency{nominal_tick(ticks_per_second) + std::lround(steps),
                          std::lround(remainder * kFrequencyUnit)};
}

Ppm join_frequency(const TickAndFrequency& parts, long ticks_per_second) {
  const long steps = parts.tick - nominal_tick(ticks_per_second);
  return Ppm{static_cast<double>(steps) * ppm_per_tick_unit(ticks_per_second) +
             static_cast<double>(parts.frequency) / kFrequencyUnit};
}

timex frequency_request(const TickAndFrequency& parts) {
  timex request{};
  request.modes = ADJ_TICK | ADJ_FREQUENCY;
  request.tick = parts.tick;
  request.freq = parts.frequency;
  return request;
}

Result<timex> singleshot_request(Nanos amount) {
  if (amount > kLongestSingleshot || amount < -kLongestSingleshot)
    return fail(ErrorCode::invalid, "adjtime() takes up to 2145 s either way, not " +
                                        std::to_string(amount.count()) + " ns");
  timex request{};
  request.modes = ADJ_OFFSET_SINGLESHOT;
  request.offset = static_cast<long>(std::chrono::round<microseconds>(amount).count());
  return request;
}

timex step_request(Nanos amount) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(amount);
  timex request{};
  request.modes = ADJ_SETOFFSET | ADJ_NANO;
  request.time.tv_sec = static_cast<time_t>(seconds.count());
  // With ADJ_NANO this field counts nanoseconds, and it is never negative (adjtimex(2)).
  request.time.tv_usec = static_cast<suseconds_t>((amount - seconds).count());
  return request;
}

timex errors_request(const core::KernelStatus& status) {
  timex request{};
  request.modes = ADJ_MAXERROR | ADJ_ESTERROR;
  request.maxerror = micros_rounded_up(status.max_error);
  request.esterror = micros_rounded_up(status.estimated_error);
  if (status.tai_offset) {
    request.modes |= ADJ_TAI;
    request.constant = *status.tai_offset;
  }
  return request;
}

bool has_flags(const core::KernelStatus& status, int status_bits) {
  return with_flags(status, status_bits) == status_bits;
}

timex status_request(const core::KernelStatus& status, int status_bits) {
  timex request = errors_request(status);
  request.modes |= ADJ_STATUS;
  request.status = with_flags(status, status_bits) & ~kReadOnlyBits;
  return request;
}

bool kernel_loop_is_on(int status_bits) { return (status_bits & kLoopBits) != 0; }

timex clear_loop_offset_request(int status_bits) {
  timex request = status_bits_request((status_bits & ~kLoopBits) | STA_PLL);
  request.modes |= ADJ_OFFSET;
  return request;
}

timex stop_loop_request(int status_bits) { return status_bits_request(status_bits & ~kLoopBits); }

timex read_request() { return timex{}; }

timex read_singleshot_request() {
  timex request{};
  request.modes = ADJ_OFFSET_SS_READ;
  return request;
}

core::KernelReadback decode(const timex& answer, Nanos singleshot_remaining,
                            long ticks_per_second) {
  core::KernelReadback readback;
  readback.frequency = join_frequency({answer.tick, answer.freq}, ticks_per_second);
  readback.tick = join_frequency({answer.tick, 0}, ticks_per_second);
  readback.singleshot_remaining = singleshot_remaining;
  readback.unsynchronized = (answer.status & STA_UNSYNC) != 0;
  readback.max_error = microseconds{answer.maxerror};
  readback.estimated_error = microseconds{answer.esterror};
  // adjtimex(2): the offset counts nanoseconds once anybody has asked for them.
  const bool fine = (answer.status & STA_NANO) != 0;
  if (kernel_loop_is_on(answer.status))
    readback.loop_offset = fine ? Nanos{answer.offset} : Nanos{microseconds{answer.offset}};
  readback.status_bits = answer.status;
  readback.tai_offset = answer.tai;
  return readback;
}

Nanos decode_singleshot(const timex& answer) { return microseconds{answer.offset}; }

}  // namespace slewd::os
