// SPDX-License-Identifier: Apache-2.0
// The same over a real bus daemon: names, their owners, and strangers who send signals.
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "agent/remedy/units/unit_bus.hpp"
#include "base/fd.hpp"

#include "tests/unit/remedy/units/fake_systemd.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::Ending;
using rules::Verb;

constexpr const char* kSystemd = "org.freedesktop.systemd1";
constexpr const char* kDaemon = "/usr/bin/dbus-daemon";

// A bus daemon in a folder of its own, without any service.
class BusDaemon {
 public:
  BusDaemon() {
    const std::string config = folder_.file("bus.conf");
    // The rights that a system's own bus gives, and the right to any name.
    std::ofstream(config) << "<busconfig><type>system</type><listen>unix:path=" << folder_.path()
                          << R"(/socket</listen><auth>EXTERNAL</auth><policy context="default">
      <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow send_type="signal"/>
      <allow send_requested_reply="true" send_type="method_return"/>
      <allow send_requested_reply="true" send_type="error"/>
      <allow receive_type="method_call"/><allow receive_type="method_return"/>
      <allow receive_type="error"/><allow receive_type="signal"/></policy></busconfig>)";
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) std::abort();
    const Fd reader(ends[0]);
    Fd writer(ends[1]);
    std::string file = "--config-file=" + config;
    std::string print = "--print-address=" + std::to_string(writer.get());
    std::string stay = "--nofork";
    std::string name = kDaemon;
    std::array<char*, 5> words{name.data(), stay.data(), file.data(), print.data(), nullptr};
    if (::posix_spawn(&process_, kDaemon, nullptr, nullptr, words.data(), environ) != 0)
      std::abort();
    writer.reset();
    std::array<char, 512> line{};
    const ssize_t got = ::read(reader.get(), line.data(), line.size());
    address_ = std::string(line.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    address_ = address_.substr(0, address_.find('\n'));
  }
  BusDaemon(const BusDaemon&) = delete;
  BusDaemon& operator=(const BusDaemon&) = delete;
  ~BusDaemon() { stop(); }
  void stop() {
    if (process_ <= 0) return;
    ::kill(process_, SIGTERM);
    ::waitpid(std::exchange(process_, 0), nullptr, 0);
  }
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] BusOpener opener() const {
    return [address = address_](sd_bus** bus) {
      sd_bus* opened = nullptr;
      int error = sd_bus_new(&opened);
      if (error >= 0) error = sd_bus_set_address(opened, address.c_str());
      if (error >= 0) error = sd_bus_set_bus_client(opened, 1);
      if (error >= 0) error = sd_bus_start(opened);
      // As sd_bus_open_system(3): who fails leaves nothing behind.
      if (error < 0) sd_bus_unref(opened);
      if (error >= 0) *bus = opened;
      return error;
    };
  }

 private:
  pid_t process_ = 0;
  TemporaryFolder folder_;
  std::string address_;
};

class UnitBrokerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::access(kDaemon, X_OK) != 0) GTEST_SKIP() << "no " << kDaemon << " (package dbus-daemon)";
    daemon.emplace();
    systemd.units["dovecot.service"] = {};
    bus.emplace(reactor, daemon->opener(), [](const UnitState&) {});
  }
  void join_systemd() { systemd.join(daemon->address(), kSystemd); }
  [[nodiscard]] bool becomes(const std::string& active) {
    return reactor.run_until([&] { return bus->states().at(0).active_state == active; });
  }
  // The same with time for the back-off: a turn that waits for the daemon takes 100 ms at most.
  [[nodiscard]] bool becomes_in_time(const std::string& active) {
    return reactor.run_until([&] {
      reactor.advance(100ms);
      return bus->states().at(0).active_state == active;
    });
  }

  TestReactor reactor;
  FakeSystemd systemd{reactor};
  std::optional<BusDaemon> daemon;
  std::optional<UnitBus> bus;
};

TEST_F(UnitBrokerTest, FollowsAndActsOverABusDaemon) {
  join_systemd();
  systemd.auto_result = "done";
  ASSERT_TRUE(bus->watch({"dovecot.service"}));
  ASSERT_TRUE(becomes_in_time("active"));
  systemd.change("dovecot.service", "failed", "failed");
  ASSERT_TRUE(becomes("failed"));
  std::optional<ActResult> result;
  bus->act(1, Verb::restart, "dovecot.service", 10s, [&](const ActResult& got) { result = got; });
  ASSERT_TRUE(reactor.run_until([&] { return result.has_value(); }));
  EXPECT_EQ(result->ending, Ending::done) << result->detail;
}

TEST_F(UnitBrokerTest, WithoutASystemdOnTheBusStatesAreUnknownAndActsRefused) {
  std::optional<ActResult> result;
  ASSERT_TRUE(bus->watch({"dovecot.service"}));
  bus->act(1, Verb::restart, "dovecot.service", 10s, [&](const ActResult& got) { result = got; });
  ASSERT_TRUE(reactor.run_until([&] { return result.has_value(); }));
  EXPECT_EQ(result->ending, Ending::refused);
  EXPECT_NE(result->detail.find("systemd is not on the bus"), std::string::npos) << result->detail;
  join_systemd();
  EXPECT_TRUE(becomes_in_time("active")) << "its coming is noticed";
}

TEST_F(UnitBrokerTest, ASystemdThatLeavesTheBusMakesStatesUnknown) {
  join_systemd();
  ASSERT_TRUE(bus->watch({"dovecot.service"}));
  ASSERT_TRUE(becomes_in_time("active"));
  systemd.hang_up();
  ASSERT_TRUE(becomes("unknown"));
  systemd.units["dovecot.service"].active_state = "failed";
  join_systemd();
  EXPECT_TRUE(becomes_in_time("failed"));
}

TEST_F(UnitBrokerTest, ABusDaemonThatDiesMakesStatesUnknown) {
  join_systemd();
  ASSERT_TRUE(bus->watch({"dovecot.service"}));
  ASSERT_TRUE(becomes_in_time("active"));
  daemon->stop();
  EXPECT_TRUE(becomes("unknown"));
  reactor.advance(1h);
  EXPECT_FALSE(bus->connected());
}

TEST_F(UnitBrokerTest, AStrangersSignalsAreNotSystemds) {
  join_systemd();
  ASSERT_TRUE(bus->watch({"dovecot.service"}));
  ASSERT_TRUE(becomes_in_time("active"));
  FakeSystemd stranger(reactor);
  stranger.join(daemon->address(), "");
  stranger.tell_reloading(true);
  stranger.change("dovecot.service", "failed", "failed");
  // A bus daemon hands out broadcasts by their sender's names; only one that is sent to us comes
  // through, and every local user may send one.
  stranger.send_to_all_clients("dovecot.service");
  ASSERT_TRUE(reactor.run_until([&] { return bus->impostors() > 0; }));
  reactor.settle();
  EXPECT_EQ(bus->states().at(0).active_state, "active");
}

}  // namespace
}  // namespace slewd::remedy
