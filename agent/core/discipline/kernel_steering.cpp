// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/kernel_steering.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "agent/core/estimate/frequency_trust.hpp"
#include "base/duration.hpp"

namespace slewd::core {
namespace {

constexpr Nanos kRetry = std::chrono::seconds(1);                 // after the driver has failed
constexpr Nanos kKernelSecond = std::chrono::milliseconds(1100);  // and its timers' latency

}  // namespace

std::optional<DriftRecord> KernelSteering::frequency_in_force() const {
  const Result<KernelReadback> kernel = ports_.driver.read_back();
  if (!kernel || magnitude(kernel->frequency) > kPlausibleOscillator) return std::nullopt;
  return DriftRecord{kernel->frequency, kUnknownOscillator};
}

// Asking for what is wanted anyway is the only honest probe of a capability.
Result<void> KernelSteering::take_over(Ppm base) {
  if (auto set = ports_.driver.set_frequency(base); !set) {
    note_failure("the clock cannot be steered", set.error());
    return set;
  }
  (void)ports_.driver.start_singleshot(Nanos{0});
  cancel_timer();
  ++changes_;
  shot_in_force_ = false;
  slew_rate_ = Ppm{0};
  total_ = base;
  return {};
}

Result<void> KernelSteering::program(const DriftRecord& base, const std::optional<Slew>& slew) {
  cancel_timer();
  // A slew that outlives us must find its way back: the base frequency is on disk before it runs.
  if (slew) ports_.drift.save_if_changed(base);
  const bool by_shot = slew && slew->means == SlewMeans::single_shot;
  const Ppm rate = slew ? slew->rate : Ppm{0};
  // Never both at once: the rate would be the sum.
  if (!by_shot)
    if (auto ended = set_shot(Nanos{0}); !ended) return on_failure("adjtime", ended.error());
  if (auto set = set_total(by_shot ? base.frequency : base.frequency + rate); !set)
    return on_failure("set_frequency", set.error());
  if (by_shot)
    if (auto begun = set_shot(slew->amount); !begun) return on_failure("adjtime", begun.error());
  if (slew && slew_rate_.value == 0) ++adjustments_.slews;
  slew_rate_ = rate;
  if (slew) call_again_after(slew->duration);
  return {};
}

// What the kernel has begun of a single shot it finishes within its second. Until then it is not
// known how much is left.
Result<void> KernelSteering::steer(const DriftRecord& base, const std::optional<Slew>& slew) {
  const MonoTime now = ports_.clock.now().mono;
  const bool by_frequency = slew && slew->means == SlewMeans::frequency;
  const bool by_shot = slew && slew->means == SlewMeans::single_shot;
  if (!by_shot && shot_in_force_) rest_until_ = now + kKernelSecond;
  const bool rest = by_frequency && rest_until_ && now < *rest_until_;
  Result<void> programmed = program(base, rest ? std::nullopt : slew);
  if (rest && !timer_) call_again_after(*rest_until_ - now);
  return programmed;
}

// What a slew of ours has left in the kernel must go, or the clock would run on at its rate for
// ever. Most daemons never touch the tick.
void KernelSteering::release(Ppm base) {
  const Result<KernelReadback> kernel = ports_.driver.read_back();
  cancel_timer();
  if (auto ended = set_shot(Nanos{0}); !ended) (void)on_failure("adjtime", ended.error());
  std::optional<Ppm> left = base;
  if (kernel && total_ && magnitude(kernel->frequency - *total_) > kReadBackTolerance) {
    const bool tick_is_ours = kernel->tick.value != 0 && kernel->tick == tick_;
    left = tick_is_ours ? std::optional(kernel->frequency - kernel->tick) : std::nullopt;
  }
  if (left) {
    const Result<void> set = ports_.driver.set_frequency(*left);
    slew_may_remain_ = !set;
    if (!set) note_failure("the end of the slew", set.error());
  }
  ++changes_;
  slew_rate_ = Ppm{0};
  total_.reset();
}

void KernelSteering::reclaim(bool adjtime) {
  if (adjtime) (void)ports_.driver.start_singleshot(Nanos{0});
  ++changes_;
  total_.reset();
}

Result<void> KernelSteering::step(Nanos offset, std::string_view why) {
  Result<void> stepped = ports_.driver.step(offset);
  if (!stepped) {
    note_failure("step", stepped.error());
    return stepped;
  }
  ++adjustments_.steps;
  own_step_ = own_step_.value_or(Nanos{0}) + offset;
  ports_.observer.on_note(Severity::warning, format_rounded(offset) + ": " + std::string(why));
  return {};
}

std::optional<Nanos> KernelSteering::take_own_step() {
  return std::exchange(own_step_, std::nullopt);
}

Ppm KernelSteering::headroom(Ppm base) const {
  const double left = ports_.driver.max_frequency().value - std::abs(base.value);
  return Ppm{std::max(left, 1.0)};
}

Result<void> KernelSteering::set_total(Ppm total) {
  if (total_ == total) return {};
  Result<void> set = ports_.driver.set_frequency(total);
  slew_may_remain_ = !set && slew_rate_.value != 0;
  if (!set) return set;
  total_ = total;
  ++changes_;
  tick_ = Ppm{0};
  if (magnitude(total) <= kPlausibleOscillator) return {};  // a driver needs no tick for that
  if (const Result<KernelReadback> kernel = ports_.driver.read_back()) tick_ = kernel->tick;
  return {};
}

Result<void> KernelSteering::set_shot(Nanos amount) {
  if (amount == Nanos{0} && !shot_in_force_) return {};
  if (auto started = ports_.driver.start_singleshot(amount); !started) return started;
  ++changes_;
  shot_in_force_ = amount != Nanos{0};
  return {};
}

Result<void> KernelSteering::on_failure(std::string_view what, const Error& error) {
  note_failure(what, error);
  if (error.code() == ErrorCode::permission) {
    slew_rate_ = Ppm{0};
    return fail(error);
  }
  // What was programmed before is still in force, and nothing else would end it.
  call_again_after(kRetry);
  return {};
}

void KernelSteering::note_failure(std::string_view what, const Error& error) {
  switch (error.code()) {
    case ErrorCode::permission:
      ++adjustments_.denied;
      break;
    case ErrorCode::invalid:
      ++adjustments_.invalid;
      break;
    default:
      ++adjustments_.other_failures;
  }
  ports_.observer.on_note(Severity::error, std::string(what) + ": " + error.describe());
}

void KernelSteering::call_again_after(Nanos wait) {
  timer_ = ports_.timers.at(ports_.clock.now().mono + wait, [this] {
    timer_.reset();
    ports_.due();
  });
}

void KernelSteering::cancel_timer() {
  if (timer_) ports_.timers.cancel(*timer_);
  timer_.reset();
}

}  // namespace slewd::core
