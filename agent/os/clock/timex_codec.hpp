// SPDX-License-Identifier: Apache-2.0
// The language of adjtimex(2) without the call: our requests as struct timex, the kernel's answers
// as our types. Pure, so that every unit and sign is tested without a kernel.
#pragma once

#include "agent/core/ports.hpp"
#include "base/frequency.hpp"
#include "base/result.hpp"
#include "base/timeline.hpp"

struct timex;

namespace slewd::os {

// Tick grain is 100 ppm at the usual 100 ticks a second, and the kernel takes 10 % either way.
inline constexpr Ppm kMaxFrequency{100000};
// What the kernel takes as ADJ_FREQUENCY, beside the tick.
inline constexpr Ppm kMaxFineFrequency{500};

// A whole frequency correction in the kernel's two parts, which add up.
struct TickAndFrequency {
  long tick = 0;       // us for each of the ticks_per_second ticks; nominal 1e6 / ticks_per_second
  long frequency = 0;  // ppm with 16 binary fraction bits
};

// Within kMaxFineFrequency the tick stays nominal, so that it changes only for fast slews; beyond,
// it takes the nearest step and the remainder goes to the frequency. `invalid` beyond
// kMaxFrequency.
[[nodiscard]] Result<TickAndFrequency> split_frequency(Ppm total, long ticks_per_second);
[[nodiscard]] Ppm join_frequency(const TickAndFrequency& parts, long ticks_per_second);

// Requests. `status_bits` are those the kernel gives now: bits of others are handed back as found.
[[nodiscard]] timex frequency_request(const TickAndFrequency& parts);
// adjtime(): rounded to the microsecond; `invalid` beyond about 2145 s, adjtime(3)'s own bound.
[[nodiscard]] Result<timex> singleshot_request(Nanos amount);
[[nodiscard]] timex step_request(Nanos amount);
// Errors are rounded up to the microsecond: a bound never shrinks on its way to the kernel.
[[nodiscard]] timex errors_request(const core::KernelStatus& status);
// The same with the flags, where the kernel's are others.
[[nodiscard]] bool has_flags(const core::KernelStatus& status, int status_bits);
[[nodiscard]] timex status_request(const core::KernelStatus& status, int status_bits);

// The kernel's own phase-locked loop would move the clock beside us. To end it takes two calls: its
// pending offset can be cleared only while it is on.
[[nodiscard]] bool kernel_loop_is_on(int status_bits);
[[nodiscard]] timex clear_loop_offset_request(int status_bits);
[[nodiscard]] timex stop_loop_request(int status_bits);

[[nodiscard]] timex read_request();
[[nodiscard]] timex read_singleshot_request();

// `answer` is the answer to read_request().
[[nodiscard]] core::KernelReadback decode(const timex& answer, Nanos singleshot_remaining,
                                          long ticks_per_second);
// `answer` is the answer to read_singleshot_request().
[[nodiscard]] Nanos decode_singleshot(const timex& answer);

}  // namespace slewd::os
