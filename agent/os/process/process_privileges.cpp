// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/process_privileges.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/atomic_file.hpp"
#include "base/text.hpp"

// The C library defines both but does not declare them.
extern "C" int capget(__user_cap_header_struct* header, __user_cap_data_struct* data);
extern "C" int capset(__user_cap_header_struct* header, const __user_cap_data_struct* data);

namespace slewd::os {
namespace {

constexpr std::size_t kOwnStatusBytes =
    65536;  // the file has about 1.5 kB; group lists lengthen it

// Two 32-bit parts for the 41 capabilities.
using Capabilities = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

std::optional<Capabilities> read_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  Capabilities sets{};
  if (::capget(&header, sets.data()) != 0) return std::nullopt;
  return sets;
}

bool write_capabilities(const Capabilities& sets) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  return ::capset(&header, sets.data()) == 0;
}

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

bool maps_every_user(std::string_view uid_map) {
  constexpr std::string_view kAllNumbers = "4294967295";
  std::vector<std::string_view> words;
  for (const std::string_view word : split(trim(uid_map), ' '))
    if (!word.empty()) words.push_back(word);
  // The number between them is the start outside, as seen from the reader's namespace.
  return words.size() == 3 && words[0] == "0" && words[2] == kAllNumbers;
}

void keep_capabilities_from_children() {
  (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  // A program that root starts gets what the bounding and the inheritable set allow. EINVAL: no
  // more capabilities are known. EPERM: we cannot, and are not root then.
  for (int capability = 0; ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0;) ++capability;
  if (auto sets = read_capabilities()) {
    for (__user_cap_data_struct& each : *sets) each.inheritable = 0;
    (void)write_capabilities(*sets);
  }
}

void keep_clock_from_children() {
  (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_SYS_TIME, 0, 0);
  (void)::prctl(PR_CAPBSET_DROP, CAP_SYS_TIME, 0, 0, 0);
  if (auto sets = read_capabilities()) {
    (*sets)[0].inheritable &= ~(std::uint32_t{1} << unsigned{CAP_SYS_TIME});
    (void)write_capabilities(*sets);
  }
}

Result<void> become_user(const std::string& user) {
  if (::geteuid() != 0) return {};
  std::array<char, 16384> text{};
  struct passwd entry {};
  struct passwd* found = nullptr;
  if (::getpwnam_r(user.c_str(), &entry, text.data(), text.size(), &found) != 0 || found == nullptr)
    return fail(ErrorCode::not_found, "no user '" + user + "'");
  const bool may_set_the_clock = has_time_capability();
  const auto refuse = [&](const char* call) {
    return fail(system_error(call, errno).within("cannot become user " + user));
  };
  keep_capabilities_from_children();
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return refuse("prctl(PR_SET_KEEPCAPS)");
  if (::initgroups(user.c_str(), entry.pw_gid) != 0) return refuse("initgroups");
  if (::setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid) != 0) return refuse("setresgid");
  if (::setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid) != 0) return refuse("setresuid");
  Capabilities sets{};
  if (may_set_the_clock)
    sets[0].effective = sets[0].permitted = std::uint32_t{1} << unsigned{CAP_SYS_TIME};
  if (!write_capabilities(sets)) return refuse("capset");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return refuse("prctl(PR_SET_NO_NEW_PRIVS)");
  return {};
}

}  // namespace slewd::os
