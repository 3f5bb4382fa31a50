// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/virtualisation.hpp"

#include <gtest/gtest.h>

#include "tests/unit/os/kernel_folder.hpp"

namespace slewd::os {
namespace {

constexpr const char* kGuest = "processor\t: 0\nflags\t\t: fpu vme hypervisor lahf_lm\n";
constexpr const char* kHost = "processor\t: 0\nflags\t\t: fpu vme lahf_lm\n";

void write_firmware(const KernelFolder& kernel, const char* maker, const char* product) {
  kernel.write("sys/class/dmi/id/sys_vendor", std::string(maker) + "\n");
  kernel.write("sys/class/dmi/id/product_name", std::string(product) + "\n");
}

TEST(Virtualisation, AMachineWithoutSignsIsNone) {
  const KernelFolder kernel;
  EXPECT_EQ(find_virtualisation(kernel.places()), "");
  kernel.write("proc/cpuinfo", kHost);
  write_firmware(kernel, "Amazon EC2", "i3.metal");
  EXPECT_EQ(find_virtualisation(kernel.places()), "") << "a maker of real machines as well";
}

TEST(Virtualisation, AGuestIsNamedByItsFirmware) {
  const KernelFolder kernel;
  kernel.write("proc/cpuinfo", kGuest);
  EXPECT_EQ(find_virtualisation(kernel.places()), "an unnamed hypervisor");
  kernel.write("sys/hypervisor/type", "xen\n");
  EXPECT_EQ(find_virtualisation(kernel.places()), "xen");
  write_firmware(kernel, "Amazon EC2", "m7i.large");
  EXPECT_EQ(find_virtualisation(kernel.places()), "Amazon EC2 m7i.large");
}

TEST(Virtualisation, MakersOfGuestsAloneNeedNoFlag) {
  const KernelFolder kernel;
  write_firmware(kernel, "QEMU", "QEMU Virtual Machine");
  EXPECT_EQ(find_virtualisation(kernel.places()), "QEMU QEMU Virtual Machine");
}

}  // namespace
}  // namespace slewd::os
