// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/socket_probe.hpp"

#include <fstream>
#include <optional>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "agent/remedy/probes/make_probe.hpp"
#include "agent/remedy/probes/tcp_connect.hpp"

#include "tests/unit/dead_port.hpp"
#include "tests/unit/remedy/web/loopback_server.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::ProbeSpec;
using rules::ProbeState;
using rules::ProbeType;

class SocketProbeTest : public testing::Test {
 protected:
  TemporaryFolder folder;
  ProbeSpec spec(ProbeType type) const {
    ProbeSpec wanted;
    wanted.name = "victim.test";
    wanted.type = type;
    wanted.port = static_cast<std::uint16_t>(server.port());
    wanted.timeout = 3s;
    return wanted;
  }
  ProbeSpec login_spec() {
    ProbeSpec wanted = spec(ProbeType::imap_login);
    wanted.user = "probe";
    wanted.password_file = folder.write("password", "secret\n");
    return wanted;
  }
  void begin(const ProbeSpec& wanted) {
    result.reset();
    probe = make_probe(reactor, wanted, {});
    probe->begin([this](const ProbeResult& found) {
      EXPECT_FALSE(result) << "a second report";
      result = found;
      probe.reset();
    });
    EXPECT_FALSE(result) << "reported from within begin()";
  }
  ProbeResult run(const ProbeSpec& wanted) {
    begin(wanted);
    EXPECT_TRUE(reactor.run_until([&] { return result.has_value(); }));
    return result.value_or(ProbeResult{});
  }

  TestReactor reactor;
  LoopbackServer server{reactor};
  std::unique_ptr<Probe> probe;
  std::optional<ProbeResult> result;
};

TEST_F(SocketProbeTest, TcpPassesWhenThePortAccepts) {
  EXPECT_EQ(run(spec(ProbeType::tcp)).state, ProbeState::ok);
}

TEST_F(SocketProbeTest, TcpFailsWhenNobodyListens) {
  const DeadPort dead;
  ProbeSpec wanted = spec(ProbeType::tcp);
  wanted.port = static_cast<std::uint16_t>(dead.port());
  const ProbeResult found = run(wanted);
  EXPECT_EQ(found.state, ProbeState::failed);
  EXPECT_EQ(found.detail, "connect: Connection refused");
}

TEST_F(SocketProbeTest, BannerPassesOnTheExpectedStart) {
  server.greeting = "220 mail ready\r\n";
  ProbeSpec wanted = spec(ProbeType::banner);
  wanted.expect = "220 ";
  const ProbeResult found = run(wanted);
  EXPECT_EQ(found.state, ProbeState::ok);
  EXPECT_EQ(found.detail, "greeted: 220 mail ready");
}

TEST_F(SocketProbeTest, BannerFailsOnAnotherStart) {
  server.greeting = "554 go away\r\n";
  ProbeSpec wanted = spec(ProbeType::banner);
  wanted.expect = "220 ";
  EXPECT_EQ(run(wanted).detail, "greeted with '554 go away', not with '220 '");
}

TEST_F(SocketProbeTest, BannerFailsWhenTheServerHangsUp) {
  server.greeting = "22";
  server.close_after_greeting = true;
  ProbeSpec wanted = spec(ProbeType::banner);
  wanted.expect = "220 ";
  const ProbeResult found = run(wanted);
  EXPECT_EQ(found.state, ProbeState::failed);
  EXPECT_EQ(found.detail, "connection closed by the server: greeting cut short after '22'");
}

TEST_F(SocketProbeTest, BannerFailsAtTheDeadlineWhenNothingIsSaid) {
  begin(spec(ProbeType::banner));
  ASSERT_TRUE(reactor.run_until([&] { return server.connections == 1; }));
  reactor.advance(2999ms);
  EXPECT_FALSE(result);
  reactor.advance(1ms);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->state, ProbeState::failed);
  EXPECT_EQ(result->detail, "no greeting within 3s");
  EXPECT_EQ(result->took, 3s);
}

TEST_F(SocketProbeTest, ImapLoginPassesAndLogsOut) {
  server.greeting = "* OK ready\r\n";
  server.answer = [](std::string_view line) {
    return line == R"(a1 LOGIN "probe" "secret")" ? "a1 OK in\r\n" : "";
  };
  const ProbeResult found = run(login_spec());
  EXPECT_EQ(found.state, ProbeState::ok);
  EXPECT_EQ(found.detail, "login ok");
  EXPECT_TRUE(reactor.run_until([&] { return server.lines.size() == 2; }));
  EXPECT_EQ(server.lines.at(1), "a2 LOGOUT");
}

TEST_F(SocketProbeTest, ImapLoginSeesTheHangThatAGreetingHides) {
  server.greeting = "* OK ready\r\n";
  begin(login_spec());
  ASSERT_TRUE(reactor.run_until([&] { return server.lines.size() == 1; }));
  reactor.advance(3s);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->state, ProbeState::failed);
  EXPECT_EQ(result->detail, "greeted, but no answer to LOGIN within 3s");
}

TEST_F(SocketProbeTest, AMissingPasswordFileSaysNothingOfTheService) {
  ProbeSpec wanted = login_spec();
  wanted.password_file = folder.file("absent");
  const ProbeResult found = run(wanted);
  EXPECT_EQ(found.state, ProbeState::unknown);
  EXPECT_EQ(found.detail,
            "secret file " + wanted.password_file + ": open: No such file or directory");
  EXPECT_EQ(server.connections, 0);
}

TEST_F(SocketProbeTest, ANameInsteadOfAnAddressIsRefusedWithoutALookup) {
  ProbeSpec wanted = spec(ProbeType::tcp);
  wanted.host = "localhost";
  const ProbeResult found = run(wanted);
  EXPECT_EQ(found.state, ProbeState::unknown);
  EXPECT_NE(found.detail.find("numeric address"), std::string::npos) << found.detail;
}

TEST_F(SocketProbeTest, AFloodIsCutOff) {
  server.greeting = "220" + std::string(6000, ' ');
  ProbeSpec wanted = spec(ProbeType::banner);
  wanted.expect = std::string("220") + std::string(8000, ' ');
  EXPECT_EQ(run(wanted).state, ProbeState::failed);
}

TEST_F(SocketProbeTest, DestroyingARunningProbeLeavesNothingBehind) {
  begin(spec(ProbeType::banner));
  ASSERT_TRUE(reactor.run_until([&] { return server.connections == 1; }));
  probe.reset();
  reactor.advance(10s);
  EXPECT_FALSE(result);
  EXPECT_EQ(reactor.timers(), 0U);
}

TEST(TcpConnect, ASocketConnectedToItselfIsNoService) {
  Fd fd(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* name = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(fd.get(), name, length), 0);
  ASSERT_EQ(::getsockname(fd.get(), name, &length), 0);
  ASSERT_EQ(::connect(fd.get(), name, length), 0) << "the kernel no longer does this";
  const auto ended = finish_connect(fd.get());
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().describe(), "connect: Connection refused");
}

TEST(TcpConnect, TakesIpv6AndRefusesAnImpossiblePort) {
  EXPECT_FALSE(begin_connect("127.0.0.1", 0));
  EXPECT_FALSE(begin_connect("127.0.0.1", 65536));
  const auto six = begin_connect("::1", 9);
  EXPECT_TRUE(six || six.error().code() != ErrorCode::invalid);
}

}  // namespace
}  // namespace slewd::remedy
