// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/kernel_flags.hpp"

#include <utility>

namespace slewd::core {
namespace {

constexpr double kKernelErrorGrowth = 500e-6;  // of its maxerror, each second
constexpr Nanos kWiderAtMost = std::chrono::milliseconds(16);

}  // namespace

bool KernelFlags::arm_leap(Leap leap) { return std::exchange(armed_leap_, leap) != leap; }

bool KernelFlags::set_tai_offset(std::optional<int> seconds) {
  return std::exchange(tai_offset_, seconds) != seconds && seconds;
}

// Whether what was published bounds the error still, and not much too widely.
bool KernelFlags::still_holds(const Published& published, const KernelStatus& now, MonoTime mono) {
  const KernelStatus& before = published.status;
  const Nanos aged =
      before.max_error + from_seconds(kKernelErrorGrowth * to_seconds(mono - published.at));
  return before.synchronized == now.synchronized && before.leap == now.leap &&
         before.tai_offset == now.tai_offset && aged >= now.max_error &&
         aged - now.max_error <= kWiderAtMost;
}

Result<void> KernelFlags::publish(KernelStatus status, MonoTime now) {
  status.leap = armed_leap_;
  status.tai_offset = tai_offset_;
  if (published_ && still_holds(*published_, status, now)) return {};
  Result<void> published = driver_.publish_status(status);
  published_.reset();
  if (published) published_ = Published{status, now};
  return published;
}

bool KernelFlags::cleared(const Result<KernelReadback>* kernel) {
  const bool lost =
      published_synchronized() && kernel != nullptr && *kernel && (*kernel)->unsynchronized;
  if (lost) forget();
  return lost;
}

}  // namespace slewd::core
