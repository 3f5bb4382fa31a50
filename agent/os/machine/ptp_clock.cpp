// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/ptp_clock.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <linux/ptp_clock.h>
#include <sys/ioctl.h>

#include "base/atomic_file.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;
using core::HostClock;

// As the drivers name themselves: drivers/ptp/ptp_kvm_common.c, ptp_vmclock.c and ptp_vmw.c,
// drivers/hv/hv_util.c, drivers/virtio/virtio_rtc_driver.c (type 0 is UTC, 1 is TAI).
constexpr std::array<std::string_view, 3> kHostClockNames{"KVM virtual PTP", "hyperv", "ptp_vmw"};
constexpr std::array<std::string_view, 3> kBeginnings{"vmclock", "Virtio PTP type 0/",
                                                      "Virtio PTP type 1/"};

// Both clocks come from one count of the counter; what is left is the host's own conversion of it.
constexpr Nanos kPreciseUncertainty = 1us;

Nanos ptp_nanos(const ptp_clock_time& time) {
  return std::chrono::seconds{time.sec} + Nanos{time.nsec};
}

// A device's reading between two of the wall clock.
struct Sandwich {
  Nanos before{};
  Nanos device{};
  Nanos after{};

  // Negative when the wall clock was set back in between.
  [[nodiscard]] Nanos width() const { return after - before; }
};

// The narrowest of them, if the wall clock stood in order around any.
std::optional<HostClock> narrowest(const std::array<Sandwich, limits::kPtpSamples>& sandwiches) {
  const Sandwich* best = nullptr;
  for (const Sandwich& each : sandwiches)
    if (each.width() >= 0ns && (best == nullptr || each.width() < best->width())) best = &each;
  if (best == nullptr) return std::nullopt;
  const Nanos middle = best->before + best->width() / 2;
  return HostClock{.ahead = best->device - middle, .uncertainty = best->width() / 2 + 1ns};
}

using Way = Result<HostClock> (*)(const PtpClock::Control&);

Result<HostClock> ask_precise(const PtpClock::Control& control) {
  ptp_sys_offset_precise offset{};
  if (const int number = control(PTP_SYS_OFFSET_PRECISE, &offset); number != 0)
    return fail(system_error("PTP_SYS_OFFSET_PRECISE", number));
  return HostClock{.ahead = ptp_nanos(offset.device) - ptp_nanos(offset.sys_realtime),
                   .uncertainty = kPreciseUncertainty};
}

tl::unexpected<Error> disordered() {
  return fail(ErrorCode::unavailable, "the wall clock was set while the PTP device was read");
}

Result<HostClock> ask_extended(const PtpClock::Control& control) {
  ptp_sys_offset_extended offset{};
  offset.n_samples = limits::kPtpSamples;
  if (const int number = control(PTP_SYS_OFFSET_EXTENDED, &offset); number != 0)
    return fail(system_error("PTP_SYS_OFFSET_EXTENDED", number));
  std::array<Sandwich, limits::kPtpSamples> sandwiches{};
  for (std::size_t i = 0; i < sandwiches.size(); ++i)
    sandwiches[i] = {ptp_nanos(offset.ts[i][0]), ptp_nanos(offset.ts[i][1]),
                     ptp_nanos(offset.ts[i][2])};
  const auto best = narrowest(sandwiches);
  if (!best) return disordered();
  return *best;
}

Result<HostClock> ask_plain(const PtpClock::Control& control) {
  ptp_sys_offset offset{};
  offset.n_samples = limits::kPtpSamples;
  if (const int number = control(PTP_SYS_OFFSET, &offset); number != 0)
    return fail(system_error("PTP_SYS_OFFSET", number));
  // Wall, device, wall, device, ..., wall.
  std::array<Sandwich, limits::kPtpSamples> sandwiches{};
  for (std::size_t i = 0; i < sandwiches.size(); ++i)
    sandwiches[i] = {ptp_nanos(offset.ts[2 * i]), ptp_nanos(offset.ts[2 * i + 1]),
                     ptp_nanos(offset.ts[2 * i + 2])};
  const auto best = narrowest(sandwiches);
  if (!best) return disordered();
  return *best;
}

// Whatever clock it is; without a name where there is none.
PtpDevice device_of_number(int number, const std::string& sysfs, const std::string& dev) {
  const std::string node = "ptp" + std::to_string(number);
  const auto name =
      read_file(sysfs + "/class/ptp/" + node + "/clock_name", limits::kKernelTextBytes);
  return {dev + "/" + node, name ? std::string(trim(*name)) : std::string()};
}

}  // namespace

bool is_host_clock(std::string_view clock_name) {
  return std::ranges::find(kHostClockNames, clock_name) != kHostClockNames.end() ||
         std::ranges::any_of(kBeginnings, [&](std::string_view beginning) {
           return clock_name.starts_with(beginning);
         });
}

PtpDevice find_host_clock(const std::string& sysfs, const std::string& dev) {
  for (int i = 0; i < limits::kPtpDevices; ++i) {
    PtpDevice device = device_of_number(i, sysfs, dev);
    if (is_host_clock(device.name)) return device;
  }
  return {};
}

Result<PtpClock> PtpClock::open(const PtpDevice& device) {
  // Read-only: neither this process nor its children can set that clock.
  Fd fd(::open(device.path.c_str(), O_RDONLY | O_CLOEXEC));
  // sysfs has it: where /dev has not, it is kept from this process alone.
  if (!fd.valid() && errno == ENOENT)
    return fail(ErrorCode::permission, device.path + " is not visible to this process");
  if (!fd.valid()) return fail(system_error("open " + device.path, errno));
  return PtpClock(
      [shared = std::make_shared<const Fd>(std::move(fd))](unsigned long request, void* argument) {
        return ::ioctl(shared->get(), request, argument) == 0 ? 0 : errno;
      });
}

Result<HostClock> PtpClock::read(const core::Clock& clock) const {
  const core::ClockReading now = clock.now();
  // Each time from the best on: which one works depends on the clock source of the moment.
  Result<HostClock> answer = fail(ErrorCode::internal, "not asked");
  for (const Way way : {ask_precise, ask_extended, ask_plain}) {
    answer = way(control_);
    if (!answer) continue;
    answer->read = now.raw;
    answer->phase = answer->ahead + now.wall.since_epoch - now.raw.since_epoch;
    return answer;
  }
  return answer;
}

}  // namespace slewd::os
