// SPDX-License-Identifier: Apache-2.0
#include "sim/clock_ports.hpp"

#include <cmath>

namespace slewd::sim {

core::ClockReading SimClock::now() const {
  kernel_.advance_to(raw_now_());
  const TaiTime tai{kernel_.wall().since_epoch + std::chrono::seconds{kernel_.tai_offset()}};
  return {kernel_.mono(), kernel_.raw(), kernel_.boot(), kernel_.wall(), Nanos{0}, tai};
}

RateSplit split_rate(Ppm total) {
  if (magnitude(total) <= kFrequencyLimit) return {kTickNominal, total};
  const double ticks = total.value / kPpmOfTick.value;
  const int whole = static_cast<int>(ticks < 0 ? ticks - 0.5 : ticks + 0.5);
  return {kTickNominal + whole, total - kPpmOfTick * whole};
}

Result<void> SimClockDriver::set_frequency(Ppm total) {
  if (auto entered = enter("set_frequency"); !entered) return entered;
  if (std::isnan(total.value) || magnitude(total) > max_frequency()) {
    return fail(ErrorCode::invalid,
                "frequency " + format(total) + " is beyond " + format(max_frequency()));
  }
  const RateSplit split = split_rate(total);
  if (auto set = kernel_.set_tick(split.tick); !set) return set;
  kernel_.set_frequency(split.frequency);
  return {};
}

Result<void> SimClockDriver::start_singleshot(Nanos amount) {
  if (auto entered = enter("start_singleshot"); !entered) return entered;
  return kernel_.start_singleshot(amount);
}

Result<void> SimClockDriver::step(Nanos amount) {
  if (auto entered = enter("step"); !entered) return entered;
  kernel_.step(amount);
  return {};
}

Result<void> SimClockDriver::publish_status(const core::KernelStatus& status) {
  if (auto entered = enter("publish_status"); !entered) return entered;
  int bits = kernel_.status() & ~(kStatusUnsync | kStatusInsert | kStatusDelete);
  if (!status.synchronized) bits |= kStatusUnsync;
  if (status.leap == core::Leap::insert) bits |= kStatusInsert;
  if (status.leap == core::Leap::erase) bits |= kStatusDelete;
  kernel_.set_status(bits);
  kernel_.set_max_error(status.max_error);
  kernel_.set_estimated_error(status.estimated_error);
  if (status.tai_offset) kernel_.set_tai_offset(*status.tai_offset);
  return {};
}

Result<core::KernelReadback> SimClockDriver::read_back() const {
  kernel_.advance_to(raw_now_());
  core::KernelReadback result;
  result.tick = kPpmOfTick * (kernel_.tick() - kTickNominal);
  result.frequency = result.tick + kernel_.frequency();
  result.singleshot_remaining = kernel_.singleshot_remaining();
  result.unsynchronized = kernel_.unsynchronized();
  result.max_error = kernel_.max_error();
  result.estimated_error = kernel_.estimated_error();
  result.status_bits = kernel_.status();
  result.tai_offset = kernel_.tai_offset();
  return result;
}

// Changes take effect now, not at the last reading.
Result<void> SimClockDriver::enter(const char* call) {
  kernel_.advance_to(raw_now_());
  if (!denied_) return {};
  return fail(Error(ErrorCode::permission, "Operation not permitted").within(call));
}

}  // namespace slewd::sim
