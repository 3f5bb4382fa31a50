// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/listener.hpp"

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>

#include "base/limits.hpp"

#include "tests/unit/exporter/raw_client.hpp"
#include "tests/unit/exporter/sample_data.hpp"

namespace slewd::exporter {
namespace {

using namespace std::chrono_literals;

class ListenerTest : public testing::Test {
 protected:
  void start(WorkerPool::Handler handler) {
    auto socket = ListeningSocket::tcp("127.0.0.1", 0);
    ASSERT_TRUE(socket) << socket.error().describe();
    port_ = socket->port();
    std::vector<ListeningSocket> sockets;
    sockets.push_back(std::move(*socket));
    auto listener =
        Listener::start(std::move(sockets), Deadlines{}, clock_, stats_, std::move(handler));
    ASSERT_TRUE(listener) << listener.error().describe();
    listener_ = std::move(*listener);
  }
  [[nodiscard]] RawClient asking(std::string_view path) const {
    RawClient client = RawClient::tcp(port_);
    client.send(get(path));
    return client;
  }

  FakeClock clock_;
  HttpStats stats_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Listener> listener_;
};

TEST_F(ListenerTest, AnswersAllOfABurstThatIsLargerThanItsPlaces) {
  std::latch release(1);
  std::latch started(limits::kHttpWorkers);
  std::atomic<int> running{0};
  start([&](const Request&) {
    if (++running <= limits::kHttpWorkers) started.count_down();
    release.wait();
    return text_response(200, "done\n");
  });
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < limits::kHttpClients + limits::kHttpNewcomers + 50; ++i)
    clients.push_back(asking("/"));
  started.wait();
  release.count_down();
  for (RawClient& client : clients) EXPECT_EQ(client.receive().status, 200);
}

TEST_F(ListenerTest, AnswersTheOthersWhileOneHandlerIsSlow) {
  std::latch release(1);
  start([&](const Request& request) {
    if (request.path == "/slow") release.wait();
    return text_response(200, "done\n");
  });
  RawClient slow = asking("/slow");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(asking("/fast").receive().status, 200);
  release.count_down();
  EXPECT_EQ(slow.receive().status, 200);
}

TEST_F(ListenerTest, TurnsAThrowingHandlerIntoAnErrorThatTellsNothing) {
  start([](const Request&) -> Response { throw std::runtime_error("secret"); });
  RawClient client = asking("/");
  const RawResponse answer = client.receive();
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ((answer.head + answer.body).find("secret"), std::string::npos);
}

TEST_F(ListenerTest, SendsAnAnswerLargerThanEveryBufferWhole) {
  const auto large = std::make_shared<const std::string>(std::size_t{32} << 20, 'x');
  start([&](const Request&) {
    Response response = text_response(200, "tail");
    response.shared = large;
    return response;
  });
  const RawResponse answer = asking("/").receive();
  EXPECT_EQ(answer.body.size(), large->size() + 4);
  EXPECT_TRUE(answer.body.ends_with("xtail"));
}

TEST_F(ListenerTest, GivesUpOnAReaderThatDoesNotRead) {
  const auto large = std::make_shared<const std::string>(std::size_t{32} << 20, 'x');
  start([&](const Request& request) {
    Response response = text_response(200, "");
    if (request.path == "/large") response.shared = large;
    return response;
  });
  RawClient lazy = asking("/large");
  ASSERT_TRUE(lazy.receive_some());
  clock_.advance(11s);
  EXPECT_EQ(asking("/").receive().status, 200);
  EXPECT_LT(lazy.receive_all().size(), large->size());
}

TEST_F(ListenerTest, EndsWithConnectionsOpen) {
  start([](const Request&) { return text_response(200, "done\n"); });
  RawClient idle = asking("/");
  EXPECT_EQ(idle.receive().status, 200);
  RawClient half = RawClient::tcp(port_);
  half.send("GET / HT");
  listener_.reset();
  EXPECT_TRUE(idle.closed());
}

}  // namespace
}  // namespace slewd::exporter
