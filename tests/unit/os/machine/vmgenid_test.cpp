// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/vmgenid.hpp"

#include <cerrno>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/os/fakes.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::os {
namespace {

using namespace std::string_literals;

constexpr UeventSender kKernel{0, 1};

std::string restored() {
  return "change@/devices/platform/QEMUVGID:00\0ACTION=change\0SUBSYSTEM=platform\0"s +
         "NEW_VMGENID=1\0SEQNUM=1234\0"s;
}

TEST(Vmgenid, TheKernelsWordOfANewGenerationCounts) {
  EXPECT_TRUE(is_new_generation(kKernel, restored()));
}

TEST(Vmgenid, NobodyElsesWordCounts) {
  EXPECT_FALSE(is_new_generation({4711, 1}, restored())) << "a process";
  EXPECT_FALSE(is_new_generation({0, 2}, restored())) << "udev's group";
  EXPECT_FALSE(is_new_generation({0, 0}, restored())) << "to us alone";
}

TEST(Vmgenid, OtherMessagesSayNothing) {
  EXPECT_FALSE(is_new_generation(kKernel, ""));
  EXPECT_FALSE(is_new_generation(kKernel, "add@/devices/virtual/net/veth0\0ACTION=add\0"s));
  EXPECT_FALSE(is_new_generation(kKernel, "change@/x\0NEW_VMGENID=12\0"s));
  EXPECT_FALSE(is_new_generation(kKernel, "change@/x\0OLD_NEW_VMGENID=1\0"s));
  EXPECT_FALSE(is_new_generation(kKernel, "change@/x\0NEW_VMGENID=0\0"s));
  EXPECT_FALSE(is_new_generation(kKernel, "NEW_VMGENID=1\0NEW_VMGENID=1\0"s)) << "no head";
}

TEST(Vmgenid, TheDeviceIsFoundWithEitherDriver) {
  namespace fs = std::filesystem;
  for (const char* bus : {"platform", "acpi"}) {
    const TemporaryFolder folder;
    const std::string driver = folder.file("bus/"s + bus + "/drivers/vmgenid");
    EXPECT_EQ(find_vmgenid(folder.path()), "");
    fs::create_directories(driver);
    fs::create_symlink("../nowhere", driver + "/module");
    EXPECT_EQ(find_vmgenid(folder.path()), "") << "a driver without a device";
    fs::create_symlink("../nowhere", driver + "/QEMUVGID:00");
    EXPECT_EQ(find_vmgenid(folder.path()), "QEMUVGID:00");
  }
}

TEST(Vmgenid, AListenerWithNothingToHearSaysZero) {
  auto listener = GenerationListener::open();
  if (!listener) GTEST_SKIP() << listener.error().describe();
  const auto told = listener->take();
  ASSERT_TRUE(told) << told.error().describe();
  EXPECT_EQ(*told, 0);
}

TEST(Vmgenid, AProcessThatPosesAsTheKernelIsNotBelieved) {
  auto listener = GenerationListener::open();
  if (!listener) GTEST_SKIP() << listener.error().describe();
  sockaddr_nl ours{};
  socklen_t length = sizeof ours;
  ASSERT_EQ(::getsockname(listener->descriptor(), reinterpret_cast<sockaddr*>(&ours), &length), 0);
  const Fd forger(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT));
  ASSERT_TRUE(forger.valid());
  ours.nl_groups = 0;  // to this listener alone
  const std::string message = restored();
  if (::sendto(forger.get(), message.data(), message.size(), 0,
               reinterpret_cast<const sockaddr*>(&ours), sizeof ours) < 0)
    GTEST_SKIP() << "this user may not send uevents";
  const auto told = listener->take();
  ASSERT_TRUE(told);
  EXPECT_EQ(*told, 0);
}

}  // namespace
}  // namespace slewd::os
