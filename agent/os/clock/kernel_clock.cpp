// SPDX-License-Identifier: Apache-2.0
#include "agent/os/clock/kernel_clock.hpp"

#include <cerrno>
#include <ctime>
#include <string>
#include <utility>

#include <sys/timex.h>
#include <unistd.h>

#include "agent/os/clock/timex_codec.hpp"

namespace slewd::os {
namespace {

Error clock_refusal(const char* doing, int number) {
  const std::string place = std::string("cannot ") + doing;
  if (number == EPERM)
    return Error(ErrorCode::permission,
                 "the kernel refuses (EPERM): grant CAP_SYS_TIME (systemd: "
                 "AmbientCapabilities=CAP_SYS_TIME; container: capability SYS_TIME), or run with "
                 "mode observe")
        .within(place);
  return system_error("clock_adjtime", number).within(place);
}

int adjust_realtime(timex& request) {
  const int state = ::clock_adjtime(CLOCK_REALTIME, &request);
  if (state >= 0 || errno != EPERM) return state;
  // Older container filters let only the older call through, for reading.
  return ::adjtimex(&request);
}

}  // namespace

KernelClock::KernelClock() : KernelClock(adjust_realtime, ::sysconf(_SC_CLK_TCK)) {}

KernelClock::KernelClock(Adjust adjust, long ticks_per_second)
    : adjust_(std::move(adjust)), ticks_per_second_(ticks_per_second) {}

Result<timex> KernelClock::call(const timex& request, const char* doing) const {
  timex answer = request;
  // Success is the clock's state, TIME_OK to TIME_ERROR: the last only says "not synchronised".
  if (adjust_(answer) < 0) return fail(clock_refusal(doing, errno));
  return answer;
}

Result<void> KernelClock::send(const timex& request, const char* doing) const {
  const Result<timex> answer = call(request, doing);
  if (!answer) return fail(answer.error());
  return {};
}

Result<void> KernelClock::end_kernel_loop(int status_bits) const {
  const char* const doing = "end the kernel's own phase-locked loop";
  Result<void> cleared = send(clear_loop_offset_request(status_bits), doing);
  if (!cleared) return cleared;
  return send(stop_loop_request(status_bits), doing);
}

Result<void> KernelClock::set_frequency(Ppm total) {
  const Result<TickAndFrequency> parts = split_frequency(total, ticks_per_second_);
  if (!parts) return fail(parts.error());
  const char* const doing = "set the clock's frequency";
  const Result<timex> answer = call(frequency_request(*parts), doing);
  if (!answer) return fail(answer.error());
  if (!kernel_loop_is_on(answer->status)) return {};
  Result<void> alone = end_kernel_loop(answer->status);
  if (!alone) return alone;
  return send(frequency_request(*parts), doing);
}

Result<void> KernelClock::start_singleshot(Nanos amount) {
  const Result<timex> request = singleshot_request(amount);
  if (!request) return fail(request.error());
  return send(*request, "start adjtime()");
}

Result<void> KernelClock::step(Nanos amount) {
  return send(step_request(amount), "step the clock");
}

Result<void> KernelClock::publish_status(const core::KernelStatus& status) {
  const char* const doing = "publish the clock's status";
  const Result<timex> now = call(errors_request(status), doing);
  if (!now) return fail(now.error());
  if (has_flags(status, now->status)) return {};
  return send(status_request(status, now->status), doing);
}

Result<core::KernelReadback> KernelClock::read_back() const {
  const char* const doing = "read the clock's state";
  const Result<timex> now = call(read_request(), doing);
  if (!now) return fail(now.error());
  // A kernel or simulator without this read has no single shot to tell of.
  const Result<timex> singleshot = call(read_singleshot_request(), doing);
  const Nanos remaining = singleshot ? decode_singleshot(*singleshot) : Nanos{0};
  return decode(*now, remaining, ticks_per_second_);
}

Ppm KernelClock::max_frequency() const { return kMaxFrequency; }

}  // namespace slewd::os
