// What fails around the core never stops the core.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/unit/app/daemon_fixture.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;

// A TCP port of loopback that somebody else has.
class TakenPort {
 public:
  TakenPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(fd_.get(), generic, length), 0);
    EXPECT_EQ(::listen(fd_.get(), 1), 0);
    EXPECT_EQ(::getsockname(fd_.get(), generic, &length), 0);
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] std::string listen() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  Fd fd_;
  std::uint16_t port_ = 0;
};

class DaemonInTrouble : public DaemonTest {
 protected:
  void start_and_capture() {
    testing::internal::CaptureStderr();
    start(R"("mode": "takeover")");
  }
  void end_and_release() {
    end();
    log_text_ = testing::internal::GetCapturedStderr();
  }
  std::string log_text_;
};

TEST_F(DaemonInTrouble, AWatchThatCannotBeHadLeavesTheCoreAndItsOwnLook) {
  machine_.watch_fails = true;
  start(R"("mode": "takeover")");
  EXPECT_TRUE(disciplines());
  machine_.demo.step_as_outsider(-11s);
  EXPECT_TRUE(snapshot_shows([](const core::Snapshot& snapshot) {
    return !snapshot.jumps.recent.empty() && snapshot.jumps.recent.back().size < -10s;
  }));
}

TEST_F(DaemonInTrouble, ATraceFileThatCannotBeWrittenLeavesTheCore) {
  start(R"("mode": "takeover", "trace_file": ")" + folder_.file("missing/trace.jsonl") + "\"");
  EXPECT_TRUE(disciplines());
}

TEST_F(DaemonInTrouble, ATakenPortLeavesTheCoreAndTheUnixSocket) {
  const TakenPort taken;
  listen_ = taken.listen();
  start_and_capture();
  EXPECT_EQ(daemon_->http_port(), 0);
  EXPECT_EQ(command("burst").status, 200);
  EXPECT_TRUE(disciplines());
  end_and_release();
  EXPECT_NE(log_text_.find("cannot listen"), std::string::npos) << log_text_;
}

TEST_F(DaemonInTrouble, AnImpossibleUnixSocketLeavesTheCoreAndThePages) {
  socket_ = folder_.file("no/such/folder/s.sock");
  start_and_capture();
  EXPECT_NE(daemon_->http_port(), 0);
  EXPECT_EQ(page("/-/ready").status, 200);
  EXPECT_TRUE(disciplines());
  end_and_release();
}

TEST_F(DaemonInTrouble, WithoutAnyListenerTheCoreGoesOn) {
  const TakenPort taken;
  listen_ = taken.listen();
  socket_ = folder_.file("no/such/folder/s.sock");
  start_and_capture();
  EXPECT_EQ(daemon_->http_port(), 0);
  EXPECT_TRUE(disciplines());
  end_and_release();
}

TEST_F(DaemonInTrouble, AStateFolderThatCannotBeMadeLeavesTheCoreAndForbidsActions) {
  state_ = folder_.write("file", "") + "/state";
  start_and_capture();
  EXPECT_TRUE(disciplines());
  end_and_release();
  EXPECT_NE(log_text_.find("the action ledger cannot be used"), std::string::npos) << log_text_;
}

TEST_F(DaemonInTrouble, ServersThatVanishLeaveItServing) {
  start(R"("mode": "takeover")");
  ASSERT_TRUE(disciplines());
  servers_.reset();
  EXPECT_EQ(page("/-/healthy").status, 200);
}

}  // namespace
}  // namespace slewd::app
