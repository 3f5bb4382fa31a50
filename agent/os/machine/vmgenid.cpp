// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/vmgenid.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::os {
namespace {

constexpr std::uint32_t kKernelGroup = 1;  // udev sends its own on group 2
constexpr std::string_view kField = "NEW_VMGENID=1";

struct ReceivedUevent {
  ssize_t size = -1;  // -1 = failed, with `number`
  int number = 0;
  bool cut_off = false;
  UeventSender sender;
};

ReceivedUevent receive_uevent(int fd, std::span<char> buffer) {
  sockaddr_nl from{};
  iovec part{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const ssize_t size = ::recvmsg(fd, &message, MSG_DONTWAIT);
  if (size < 0) return {-1, errno, false, {}};
  // No sender or one of another family: nobody whom we believe.
  const bool netlink = message.msg_namelen == sizeof from && from.nl_family == AF_NETLINK;
  return {size, 0, (message.msg_flags & MSG_TRUNC) != 0,
          netlink ? UeventSender{from.nl_pid, from.nl_groups} : UeventSender{1, 0}};
}

}  // namespace

bool is_new_generation(const UeventSender& sender, std::string_view message) {
  if (sender.port != 0 || sender.groups != kKernelGroup) return false;
  const auto fields = split(message, '\0');
  // The head is no field: a device's path may hold anything.
  if (fields.empty() || fields[0].find('@') == std::string_view::npos) return false;
  return std::find(fields.begin() + 1, fields.end(), kField) != fields.end();
}

std::string find_vmgenid(const std::string& sysfs) {
  // An ACPI driver at first, a platform driver since Linux 6.10.
  for (const char* bus : {"platform", "acpi"}) {
    std::error_code error;
    const std::string folder = sysfs + "/bus/" + bus + "/drivers/vmgenid";
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      std::string name = entry->path().filename().string();
      // Bound devices are links with the name of a device ("QEMUVGID:00"); so is "module".
      std::error_code ignored;
      if (entry->is_symlink(ignored) && name != "module") return name;
    }
  }
  return {};
}

Result<GenerationListener> GenerationListener::open() {
  Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
  if (!fd.valid()) return fail(system_error("netlink socket", errno));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = kKernelGroup;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(system_error("bind netlink socket", errno));
  return GenerationListener(std::move(fd));
}

Result<int> GenerationListener::take() {
  std::array<char, limits::kUeventBytes> buffer{};
  int generations = 0;
  for (int i = 0; i < limits::kUeventsAtOnce; ++i) {
    const ReceivedUevent received = receive_uevent(fd_.get(), buffer);
    if (received.size < 0) {
      if (received.number == EAGAIN) break;
      // ENOBUFS: the kernel had to drop messages, and goes on.
      if (received.number == EINTR || received.number == ENOBUFS) continue;
      return fail(system_error("recvmsg netlink", received.number));
    }
    const std::string_view message(buffer.data(), static_cast<std::size_t>(received.size));
    if (!received.cut_off && is_new_generation(received.sender, message)) ++generations;
  }
  return generations;
}

}  // namespace slewd::os
