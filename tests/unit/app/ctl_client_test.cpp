// SPDX-License-Identifier: Apache-2.0
#include "agent/app/ctl/ctl_client.hpp"

#include <gmock/gmock.h>

#include "exporter/http_server.hpp"

#include "tests/unit/exporter/sample_data.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using testing::HasSubstr;

TEST(CtlClient, TellsADaemonThatRefusesFromOneThatDoesNotAnswer) {
  const TemporaryFolder folder;
  exporter::FakeClock clock;
  core::SnapshotBoard snapshots;
  rules::StatusBoard statuses;
  exporter::HttpOptions options;
  options.tcp.clear();
  options.unix_path = folder.file("socket");
  const CtlClient client(options.unix_path);
  auto server = exporter::HttpServer::start(
      std::move(options),
      {.snapshots = snapshots, .statuses = statuses, .clock = clock, .build = {}});
  ASSERT_TRUE(server) << server.error().describe();
  const auto early = client.get("status");
  ASSERT_FALSE(early);
  EXPECT_NE(early.error().code(), ErrorCode::unavailable) << early.error().describe();
  const auto refused = client.command("pause", "");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().code(), ErrorCode::unavailable);
  EXPECT_THAT(refused.error().describe(), HasSubstr("takes no commands"));
  server->reset();
  const auto gone = client.get("status");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code(), ErrorCode::unavailable) << gone.error().describe();
}

}  // namespace
}  // namespace slewd::app
