// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/ctl_health.hpp"

#include <gmock/gmock.h>

#include "exporter/http_server.hpp"

#include "tests/unit/app/taken_port.hpp"
#include "tests/unit/exporter/sample_data.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using testing::HasSubstr;

class CtlHealth : public testing::Test {
 protected:
  CtlHealth() {
    exporter::HttpOptions options;
    options.tcp = {{"127.0.0.1", 0}};
    options.unix_path = socket;
    auto started = exporter::HttpServer::start(
        std::move(options),
        {.snapshots = snapshots, .statuses = statuses, .clock = clock, .build = {}});
    EXPECT_TRUE(started) << started.error().describe();
    if (started) server = std::move(*started);
  }
  void publish() {
    snapshots.publish(std::make_shared<core::Snapshot>(exporter::sample_snapshot(clock.now())));
  }

  TemporaryFolder folder;
  const std::string socket = folder.file("socket");
  exporter::FakeClock clock;
  core::SnapshotBoard snapshots;
  rules::StatusBoard statuses;
  std::unique_ptr<exporter::HttpServer> server;
};

TEST_F(CtlHealth, SaysWhatTheDaemonSaysOfItself) {
  EXPECT_EQ(ask_health({socket, "", false}).value(), "starting");
  const auto early = ask_health({socket, "", true});
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code(), ErrorCode::limit) << early.error().describe();
  publish();
  EXPECT_EQ(ask_health({socket, "", false}).value(), "healthy");
  EXPECT_EQ(ask_health({socket, "", true}).value(), "ready");
  clock.advance(std::chrono::hours(1));
  const auto stuck = ask_health({socket, "", false});
  ASSERT_FALSE(stuck);
  EXPECT_EQ(stuck.error().code(), ErrorCode::limit);
  EXPECT_THAT(stuck.error().describe(), HasSubstr("stuck: no snapshot for"));
}

TEST_F(CtlHealth, AsksOverHttpAsWell) {
  const std::string url = "http://127.0.0.1:" + std::to_string(server->port());
  EXPECT_EQ(ask_health({"", url, false}).value(), "starting");
  for (const char* wrong : {"https://127.0.0.1:1", "127.0.0.1:1", "http://127.0.0.1:1/metrics"})
    EXPECT_EQ(ask_health({"", wrong, false}).error().code(), ErrorCode::invalid) << wrong;
}

TEST_F(CtlHealth, TellsADaemonThatIsGoneFromOneThatSaysNo) {
  server.reset();
  const auto gone = ask_health({socket, "", false});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code(), ErrorCode::unavailable) << gone.error().describe();
}

// Somebody listens and nobody answers: a process that is stopped.
TEST_F(CtlHealth, AHungDaemonIsNoDaemon) {
  const TakenPort hung;
  const auto answer = ask_health({"", "http://" + hung.address(), false});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::unavailable);
  EXPECT_THAT(answer.error().describe(), HasSubstr("does not answer in time"));
}

}  // namespace
}  // namespace slewd::app
