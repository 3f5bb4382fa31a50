// SPDX-License-Identifier: Apache-2.0
// Tells when the hypervisor has restored or cloned this machine: the kernel's vmgenid driver then
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

// True for the kernel's own word on group 1: "ACTION@path", then KEY=VALUE fields, each ended by a
// zero byte, NEW_VMGENID=1 among them. udev's repeats, on another group, do not count.
[[nodiscard]] bool is_new_generation(const UeventSender& sender, std::string_view message);

// Whether the kernel has bound a vmgenid device: empty when not, else its name. Without one no
// uevent will ever come. `sysfs` is where /sys is.
[[nodiscard]] std::string find_vmgenid(const std::string& sysfs = "/sys");

// A netlink socket that hears the kernel's uevents. In a user namespace of its own a process may
// open it and yet hear nothing: silence proves nothing. Owned by one thread.
class GenerationListener {
 public:
  [[nodiscard]] static Result<GenerationListener> open();

  // Readable when take() has something.
  [[nodiscard]] int descriptor() const { return fd_.get(); }
  // Takes up to limits::kUeventsAtOnce of the messages that wait and returns how many of them tell
  // of a new generation. Where the kernel dropped messages since the last time, the rest counts
  // all the same. Does not wait. An error = the socket is of no more use.
  [[nodiscard]] Result<int> take();

 private:
  explicit GenerationListener(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
};

}  // namespace slewd::os
