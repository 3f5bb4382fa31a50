// SPDX-License-Identifier: Apache-2.0
#include "exporter/metrics/process_stats.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/text.hpp"

namespace slewd::exporter {
namespace {

Nanos to_nanos(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

ProcessStats::ProcessStats(WallTime start)
    : start_(start), statm_(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)) {}

void ProcessStats::add_to(FamilySet& out) const {
  out.add("process_start_time_seconds", start_.since_epoch);
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    out.add("process_cpu_seconds_total", to_nanos(usage.ru_utime) + to_nanos(usage.ru_stime));
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    out.add("process_max_fds", static_cast<std::uint64_t>(limit.rlim_cur));
  }
  std::array<char, 128> text{};
  const ssize_t length = ::pread(statm_.get(), text.data(), text.size(), 0);
  if (length <= 0) return;
  // "total resident ...", in pages: proc(5).
  const auto fields = split(std::string_view(text.data(), static_cast<std::size_t>(length)), ' ');
  if (fields.size() < 2) return;
  std::array<std::uint64_t, 2> pages{};
  for (std::size_t i = 0; i < pages.size(); ++i) {
    std::from_chars(fields[i].data(), fields[i].data() + fields[i].size(), pages[i]);
  }
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  out.add("process_virtual_memory_bytes", pages[0] * page_bytes);
  out.add("process_resident_memory_bytes", pages[1] * page_bytes);
}

}  // namespace slewd::exporter
