#include "agent/app/demo/free_port.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/fd.hpp"

namespace slewd::app {
namespace {

using testing::HasSubstr;

// A listening socket on a port of the kernel's choice.
class TakenPort {
 public:
  TakenPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address_);
    socklen_t length = sizeof address_;
    listening_ = ::bind(fd_.get(), generic, length) == 0 && ::listen(fd_.get(), 1) == 0 &&
                 ::getsockname(fd_.get(), generic, &length) == 0;
  }
  [[nodiscard]] bool listening() const { return listening_; }
  [[nodiscard]] int number() const { return ntohs(address_.sin_port); }

 private:
  Fd fd_;
  sockaddr_in address_{};
  bool listening_ = false;
};

TEST(FreePort, IsPickedByTheKernelForZero) {
  const auto port = free_port(0);
  ASSERT_TRUE(port) << port.error().describe();
  EXPECT_NE(*port, 0);
}

TEST(FreePort, RefusesOneThatIsTaken) {
  const TakenPort taken;
  ASSERT_TRUE(taken.listening());
  const auto port = free_port(taken.number());
  ASSERT_FALSE(port);
  EXPECT_THAT(port.error().describe(), HasSubstr("port " + std::to_string(taken.number())));
}

}  // namespace
}  // namespace slewd::app
