// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/notify.hpp"

#include <array>
#include <chrono>
#include <cstring>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.hpp"
#include "base/limits.hpp"

#include "tests/unit/os/datagram_end.hpp"
#include "tests/unit/os/fakes.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

using Manager = DatagramEnd;

TEST(Notifier, TellsThroughAPath) {
  const TemporaryFolder folder;
  const Manager manager(folder.file("notify"));
  const Notifier notifier({folder.file("notify"), "", ""});
  EXPECT_TRUE(notifier.present());
  ASSERT_TRUE(notifier.ready());
  EXPECT_EQ(manager.take(), "READY=1");
  ASSERT_TRUE(notifier.reloading(MonoTime{12'345'678'901ns}));
  EXPECT_EQ(manager.take(), "RELOADING=1\nMONOTONIC_USEC=12345678");
  ASSERT_TRUE(notifier.stopping());
  EXPECT_EQ(manager.take(), "STOPPING=1");
  ASSERT_TRUE(notifier.watchdog());
  EXPECT_EQ(manager.take(), "WATCHDOG=1");
}

TEST(Notifier, TellsThroughAnAbstractSocket) {
  const std::string name = "@slewd-notify-test-" + std::to_string(::getpid());
  const Manager manager(name);
  ASSERT_TRUE(Notifier({name, "", ""}).ready());
  EXPECT_EQ(manager.take(), "READY=1");
}

TEST(Notifier, KeepsAStatusOnOneLineOfBoundedLength) {
  const TemporaryFolder folder;
  const Manager manager(folder.file("notify"));
  const Notifier notifier({folder.file("notify"), "", ""});
  ASSERT_TRUE(notifier.status("locked\nREADY=0"));
  EXPECT_EQ(manager.take(), "STATUS=locked READY=0");
  ASSERT_TRUE(notifier.status(std::string(100'000, 'x')));
  EXPECT_EQ(manager.take().size(), limits::kNotifyBytes);
}

TEST(Notifier, DoesNothingWithoutAServiceManager) {
  const Notifier notifier({});
  EXPECT_FALSE(notifier.present());
  EXPECT_TRUE(notifier.ready());
  EXPECT_EQ(notifier.watchdog_timeout(), std::nullopt);
}

TEST(Notifier, SaysWhyItCannotTell) {
  const TemporaryFolder folder;
  const auto gone = Notifier({folder.file("gone"), "", ""}).ready();
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code(), ErrorCode::not_found);
  EXPECT_EQ(Notifier({"vsock:2:1", "", ""}).ready().error().code(), ErrorCode::unsupported);
  EXPECT_EQ(Notifier({"@", "", ""}).ready().error().code(), ErrorCode::invalid);
  EXPECT_EQ(Notifier({"/" + std::string(200, 'x'), "", ""}).ready().error().code(),
            ErrorCode::invalid);
}

TEST(Notifier, KnowsTheWatchdogThatIsMeantForThisProcess) {
  const std::string here = std::to_string(::getpid());
  EXPECT_EQ(Notifier({"", "30000000", here}).watchdog_timeout(), Nanos{30s});
  EXPECT_EQ(Notifier({"", "30000000", ""}).watchdog_timeout(), Nanos{30s});
  EXPECT_EQ(Notifier({"", "30000000", "1"}).watchdog_timeout(), std::nullopt);
  for (const char* bad : {"", "0", "-5", "30s", "99999999999999999999", "18446744073709551615"})
    EXPECT_EQ(Notifier({"", bad, here}).watchdog_timeout(), std::nullopt) << bad;
}

}  // namespace
}  // namespace slewd::os
