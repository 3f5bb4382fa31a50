#include "agent/linux/process_privileges.hpp"

#include <charconv>
#include <cstdint>

#include <linux/capability.h>
#include <sys/prctl.h>

#include "agent/linux/atomic_file.hpp"
#include "base/text.hpp"

namespace slewd::os {
namespace {

constexpr std::size_t kOwnStatusBytes =
    65536;  // the file has about 1.5 kB; group lists lengthen it

}  // namespace

bool has_time_capability() {
  const Result<std::string> status = read_file("/proc/self/status", kOwnStatusBytes);
  return status && grants_time_capability(*status);
}

bool grants_time_capability(std::string_view status) {
  constexpr std::string_view kKey = "CapEff:";
  for (const std::string_view line : split(status, '\n')) {
    if (line.substr(0, kKey.size()) != kKey) continue;
    const std::string_view digits = trim(line.substr(kKey.size()));
    std::uint64_t mask = 0;
    const char* const end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, mask, 16);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return false;
    return (mask >> CAP_SYS_TIME & 1U) != 0;
  }
  return false;
}

void keep_capabilities_from_children() {
  (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

}  // namespace slewd::os
