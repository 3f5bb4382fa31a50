// SPDX-License-Identifier: Apache-2.0
// Detects that the hypervisor has restored or cloned this machine: the kernel's vmgenid driver then
// sends a uevent with NEW_VMGENID=1 (drivers/virt/vmgenid.c, kernels from about 6.8 on).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::os {

// Where a netlink message comes from. Only the kernel has port 0.
struct UeventSender {
  std::uint32_t port = 0;
  std::uint32_t groups = 0;  // the multicast groups as bits
};

// True for the kernel's own message on group 1: "ACTION@path", then KEY=VALUE fields, each ended by
// a zero byte, with NEW_VMGENID=1. udev's copies on another group do not count.
[[nodiscard]] bool is_new_generation(const UeventSender& sender, std::string_view message);

// Whether the kernel has bound a vmgenid device: empty when not, else its name. Without one no
// uevent will ever come. `sysfs` is where /sys is.
[[nodiscard]] std::string find_vmgenid(const std::string& sysfs = "/sys");

// A netlink socket for the kernel's uevents. In a separate user namespace it can be opened but
// receives nothing, so silence proves nothing. Owned by one thread.
class GenerationListener {
 public:
  [[nodiscard]] static Result<GenerationListener> open();

  // Readable when take() has something.
  [[nodiscard]] int descriptor() const { return fd_.get(); }
  // Reads up to limits::kUeventsAtOnce waiting messages and returns how many of them report a new
  // generation, also if the kernel has dropped messages. Does not block. After an error the socket
  // is unusable.
  [[nodiscard]] Result<int> take();

 private:
  explicit GenerationListener(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
};

}  // namespace slewd::os
