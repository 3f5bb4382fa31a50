// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/ctl_client.hpp"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.hpp"
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
  EXPECT_THAT(refused.error().describe(), HasSubstr("commands are not available"));
  server->reset();
  const auto gone = client.get("status");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code(), ErrorCode::unavailable) << gone.error().describe();
}

TEST(CtlClient, KnowsAQueueThatOthersHaveFilledFromASocketWithoutADaemon) {
  const TemporaryFolder folder;
  const std::string path = folder.file("socket");
  EXPECT_FALSE(is_queue_full(path));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  std::ranges::copy(path, address.sun_path);
  const auto* const where = reinterpret_cast<const sockaddr*>(&address);
  Fd listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(listener.get(), where, sizeof(address)), 0);
  EXPECT_FALSE(is_queue_full(path)) << "nothing listens";
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_FALSE(is_queue_full(path));
  std::vector<Fd> waiting;
  do {
    ASSERT_LT(waiting.size(), 10U);
    waiting.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
  } while (::connect(waiting.back().get(), where, sizeof(address)) == 0);
  EXPECT_TRUE(is_queue_full(path));
  listener.reset();
  EXPECT_FALSE(is_queue_full(path));
}

}  // namespace
}  // namespace slewd::app
