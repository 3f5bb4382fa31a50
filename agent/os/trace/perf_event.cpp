// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/perf_event.hpp"

#include <cerrno>
#include <charconv>
#include <ctime>

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/atomic_file.hpp"
#include "base/limits.hpp"

namespace slewd::os {
namespace {

// Debian and Ubuntu have a third level that Linux does not have.
bool asks_for_more() {
  constexpr int kFromHere = 3;
  const auto text = read_file("/proc/sys/kernel/perf_event_paranoid", limits::kKernelTextBytes);
  int degree = 0;
  return text &&
         std::from_chars(text->data(), text->data() + text->size(), degree).ec == std::errc{} &&
         degree >= kFromHere;
}

Error perf_refusal(int number) {
  switch (number) {
    case EACCES:
    case EPERM:
      if (asks_for_more())
        return {ErrorCode::permission,
                "permission denied: with kernel.perf_event_paranoid=3, a default of distributions, "
                "only root may open them; set it to 2 (sysctl.d of the host), or let the service "
                "manager "
                "hand them over, as slewd.service does where there is one"};
      return {ErrorCode::permission,
              "permission denied: grant CAP_PERFMON (systemd: AmbientCapabilities=CAP_PERFMON; "
              "before Linux 5.8: CAP_SYS_ADMIN), and allow perf_event_open in the filter of a "
              "container or service"};
    case ENODEV:
      return {ErrorCode::unavailable, "the processor is offline"};
    case EMFILE:
      return {ErrorCode::limit, "too many open files: raise LimitNOFILE by 5 for each processor"};
    case EINVAL:  // no clock of choice before 4.1, no backward ring before 4.7
    case ENOENT:
    case ENOSYS:
      return {ErrorCode::unsupported,
              "the kernel has no such tracepoint, or is older than Linux 4.7"};
    default:
      return system_error("perf_event_open", number);
  }
}

}  // namespace

Result<Fd> open_tracepoint(std::uint16_t id, int processor, RingUse use) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.size = sizeof attributes;
  attributes.config = id;
  attributes.sample_period = 1;
  attributes.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW;
  attributes.use_clockid = 1;
  attributes.clockid = CLOCK_MONOTONIC_RAW;
  if (use == RingUse::overwrites) {
    attributes.write_backward = 1;
    attributes.watermark = 1;
    attributes.wakeup_watermark = UINT32_MAX;
  } else {
    attributes.wakeup_events = 1;
  }
  // Has no wrapper in the C library. Every process (-1), no group.
  const long fd = ::syscall(SYS_perf_event_open, &attributes, -1, processor, -1,
                            static_cast<unsigned long>(PERF_FLAG_FD_CLOEXEC));
  if (fd < 0) return fail(perf_refusal(errno));
  return Fd(static_cast<int>(fd));
}

Result<void> share_ring(const Fd& event, const Fd& leader) {
  if (::ioctl(event.get(), PERF_EVENT_IOC_SET_OUTPUT, leader.get()) == 0) return {};
  return fail(system_error("ioctl PERF_EVENT_IOC_SET_OUTPUT", errno));
}

Result<void> filter_tracepoint(const Fd& event, const std::string& condition) {
  if (::ioctl(event.get(), PERF_EVENT_IOC_SET_FILTER, condition.c_str()) == 0) return {};
  return fail(system_error("ioctl PERF_EVENT_IOC_SET_FILTER", errno));
}

}  // namespace slewd::os
