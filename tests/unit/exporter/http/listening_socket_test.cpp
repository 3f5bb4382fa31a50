// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/listening_socket.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/temporary_folder.hpp"

namespace slewd::exporter {
namespace {

using testing::HasSubstr;

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

TEST(ListeningSocket, TakesNumericAddressesOnly) {
  const auto named = ListeningSocket::tcp("localhost", 0);
  ASSERT_FALSE(named);
  EXPECT_THAT(named.error().describe(), HasSubstr("'localhost' is not a numeric address"));
}

TEST(ListeningSocket, DoesNotShareItsPort) {
  const auto first = ListeningSocket::tcp("127.0.0.1", 0);
  ASSERT_TRUE(first) << first.error().describe();
  EXPECT_NE(first->port(), 0);
  const auto second = ListeningSocket::tcp("127.0.0.1", first->port());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().describe(), HasSubstr("bind"));
}

TEST(ListeningSocket, ReplacesTheFileOfADeadDaemon) {
  const TemporaryFolder folder;
  const std::string path = folder.file("stale");
  {
    auto dead = ListeningSocket::unix_path(path, 0600);
    ASSERT_TRUE(dead) << dead.error().describe();
    ASSERT_EQ(::rename(path.c_str(), (path + ".kept").c_str()), 0);
  }
  ASSERT_EQ(::rename((path + ".kept").c_str(), path.c_str()), 0);
  ASSERT_TRUE(exists(path));
  const auto next = ListeningSocket::unix_path(path, 0640);
  ASSERT_TRUE(next) << next.error().describe();
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0640U);
}

TEST(ListeningSocket, LeavesALiveDaemonAlone) {
  const TemporaryFolder folder;
  const std::string path = folder.file("live");
  const auto live = ListeningSocket::unix_path(path, 0600);
  ASSERT_TRUE(live);
  const auto second = ListeningSocket::unix_path(path, 0600);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().describe(), HasSubstr("is slewd running already?"));
  EXPECT_TRUE(exists(path));
}

TEST(ListeningSocket, LeavesAFileThatIsNoSocketAlone) {
  const TemporaryFolder folder;
  const std::string path = folder.file("file");
  (void)folder.write("file", "precious");
  const auto refused = ListeningSocket::unix_path(path, 0600);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().describe(), HasSubstr("exists and is not a socket"));
  EXPECT_TRUE(exists(path));
}

TEST(ListeningSocket, RefusesAPathThatIsTooLong) {
  const auto refused = ListeningSocket::unix_path("/" + std::string(200, 'a'), 0600);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().describe(), HasSubstr("1 to 107 bytes"));
}

TEST(ListeningSocket, AdoptsAListeningSocketAndNothingElse) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto idle = ListeningSocket::adopt(Fd(::dup(fd.get())));
  ASSERT_FALSE(idle);
  EXPECT_THAT(idle.error().describe(), HasSubstr("is not a listening socket"));
  ASSERT_EQ(::listen(fd.get(), 1), 0);  // binds to a free port
  const auto adopted = ListeningSocket::adopt(std::move(fd));
  ASSERT_TRUE(adopted) << adopted.error().describe();
  EXPECT_EQ(adopted->transport(), Transport::tcp);
  EXPECT_NE(adopted->port(), 0);
}

}  // namespace
}  // namespace slewd::exporter
