// SPDX-License-Identifier: Apache-2.0
#include "agent/os/net/udp_network.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "agent/os/clock/system_clock.hpp"
#include "agent/os/net/endpoint.hpp"
#include "base/limits.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

// A UDP server on a free loopback port that answers when told.
class Server {
 public:
  explicit Server(const char* address = "127.0.0.1") {
    const auto wanted = parse_numeric(address, 0);
    EXPECT_TRUE(wanted);
    const SocketAddress bound = to_socket_address(*wanted);
    fd_ = Fd(::socket(bound.get()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd_.valid() || ::bind(fd_.get(), bound.get(), bound.length) != 0) return;
    SocketAddress actual;
    actual.length = sizeof actual.storage;
    auto* out = reinterpret_cast<sockaddr*>(&actual.storage);
    EXPECT_EQ(::getsockname(fd_.get(), out, &actual.length), 0);
    endpoint_ = *from_socket_address(actual.get(), actual.length);
  }

  [[nodiscard]] bool bound() const { return endpoint_.port != 0; }
  [[nodiscard]] const core::Endpoint& endpoint() const { return endpoint_; }

  // Blocks for one request and remembers who sent it.
  std::string take() {
    std::array<char, 2048> buffer{};
    client_.length = sizeof client_.storage;
    auto* from = reinterpret_cast<sockaddr*>(&client_.storage);
    const ssize_t size =
        ::recvfrom(fd_.get(), buffer.data(), buffer.size(), 0, from, &client_.length);
    EXPECT_GE(size, 0);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }
  void answer(const std::string& text) const {
    EXPECT_EQ(::sendto(fd_.get(), text.data(), text.size(), 0, client_.get(), client_.length),
              static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] core::Endpoint client() const {
    return *from_socket_address(client_.get(), client_.length);
  }
  void close() { fd_.reset(); }

 private:
  Fd fd_;
  core::Endpoint endpoint_;
  SocketAddress client_;
};

// The real clock with a wall that a test can step, and with readings that can be old: as on a
// machine that is too busy to go on after them.
class SteppableClock : public core::Clock {
 public:
  [[nodiscard]] core::ClockReading now() const override {
    core::ClockReading reading = system_.now();
    reading.wall += step - age;
    reading.mono += -age;
    reading.raw += -age;
    return reading;
  }
  Nanos step{};
  Nanos age{};

 private:
  SystemClock system_;
};

class UdpNetworkTest : public testing::Test {
 protected:
  struct Seen {
    core::SocketId socket;
    std::string text;
    RawTime raw;
    core::StampSource source;
    std::optional<RawTime> departed;
  };

  core::SocketId open(const core::Endpoint& endpoint) {
    const auto id = network_.open_client(endpoint, {});
    EXPECT_TRUE(id) << id.error().describe();
    return id.value_or(core::SocketId{});
  }
  Result<RawTime> send(core::SocketId id, const std::string& text) {
    return network_.send(id, std::as_bytes(std::span(text)));
  }
  // Until a packet is there: loopback needs no waiting, a busy machine may.
  void receive() {
    const std::size_t before = seen_.size();
    while (seen_.size() == before) loop_.run_once(Nanos::max());
  }

  SteppableClock clock_;
  PollLoop loop_{clock_, PollLoop::Threading::single};
  std::vector<Seen> seen_;
  UdpNetwork network_{loop_, clock_, [this](const core::Datagram& datagram) {
                        const auto* text = reinterpret_cast<const char*>(datagram.bytes.data());
                        seen_.push_back({datagram.socket,
                                         {text, datagram.bytes.size()},
                                         datagram.raw,
                                         datagram.source,
                                         datagram.departed});
                      }};
};

TEST_F(UdpNetworkTest, SendsFromTheConfiguredAddressAndDevice) {
  Server server;
  const auto id = network_.open_client(server.endpoint(), {"127.0.0.9", "lo", 46});
  ASSERT_TRUE(id) << id.error().describe();
  ASSERT_TRUE(send(*id, "question"));
  EXPECT_EQ(server.take(), "question");
  EXPECT_THAT(core::format(server.client()), testing::StartsWith("127.0.0.9:"));
}

TEST_F(UdpNetworkTest, ALocalEndThatIsNotThereIsNamed) {
  Server server;
  const auto describe = [&](const core::LocalEnd& local) {
    const auto id = network_.open_client(server.endpoint(), local);
    return id ? "opened" : id.error().describe();
  };
  EXPECT_THAT(describe({"192.0.2.200", "", 0}), testing::HasSubstr("cannot bind to 192.0.2.200"));
  EXPECT_THAT(describe({"", "none7", 0}), testing::HasSubstr("cannot bind to device none7"));
  EXPECT_THAT(describe({"::1", "", 0}), testing::HasSubstr("of another family"));
}

TEST_F(UdpNetworkTest, CarriesARequestAndItsAnswerWithTheKernelsStamp) {
  Server server;
  const core::SocketId id = open(server.endpoint());
  // The kernel turns stamping on a moment after the first socket asks for it: a work queue does it.
  while (network_.counters().kernel_stamped == 0) {
    const auto sent = send(id, "question");
    ASSERT_TRUE(sent) << sent.error().describe();
    EXPECT_EQ(server.take(), "question");
    server.answer("answer");
    receive();
    EXPECT_EQ(seen_.back().text, "answer");
    EXPECT_EQ(seen_.back().socket, id);
    EXPECT_GE(seen_.back().raw, *sent);
    EXPECT_LE(seen_.back().raw, clock_.now().raw);
  }
  EXPECT_EQ(seen_.back().source, core::StampSource::kernel);
  RecordProperty("exchanges", static_cast<int>(seen_.size()));
}

TEST_F(UdpNetworkTest, GivesEachReplyTheDepartureThatTheKernelStamped) {
  Server server;
  const core::SocketId id = open(server.endpoint());
  for (int exchange = 0; exchange < 3; ++exchange) {
    const auto sent = send(id, "question");
    ASSERT_TRUE(sent);
    server.take();
    const RawTime taken = clock_.now().raw;
    server.answer("answer");
    receive();
    ASSERT_TRUE(seen_.back().departed) << "exchange " << exchange;
    EXPECT_GT(*seen_.back().departed, *sent);
    EXPECT_LT(*seen_.back().departed, taken);
  }
}

TEST_F(UdpNetworkTest, ADepartureIsTheKernelsWhenThisProcessHadToWaitBeforeItSent) {
  Server server;
  const core::SocketId id = open(server.endpoint());
  clock_.age = 2s;
  const auto sent = send(id, "question");
  clock_.age = 0s;
  ASSERT_TRUE(sent);
  server.take();
  server.answer("answer");
  receive();
  ASSERT_TRUE(seen_.back().departed);
  EXPECT_GT(*seen_.back().departed, *sent + 2s);
}

TEST_F(UdpNetworkTest, ADepartureIsNeverThatOfAnOlderRequest) {
  Server server;
  const core::SocketId id = open(server.endpoint());
  ASSERT_TRUE(send(id, "first"));
  clock_.age = 2s;  // so that the older stamp lies between the readings of the second
  ASSERT_TRUE(send(id, "second"));
  clock_.age = 0s;
  server.take();
  server.answer("answer");
  receive();  // one stamp in a round: that of the first
  EXPECT_FALSE(seen_.back().departed);
}

TEST_F(UdpNetworkTest, FallsBackToItsOwnStampsWhenTheClockWasSteppedInBetween) {
  Server server;
  const core::SocketId id = open(server.endpoint());
  for (const Nanos step : {Nanos{200ms}, Nanos{-11s}}) {
    const auto sent = send(id, "question");
    ASSERT_TRUE(sent);
    server.take();
    server.answer("answer");
    clock_.step += step;
    receive();
    EXPECT_EQ(seen_.back().source, core::StampSource::daemon);
    EXPECT_FALSE(seen_.back().departed);
    EXPECT_GE(seen_.back().raw, *sent);
    EXPECT_LE(seen_.back().raw, clock_.now().raw);
  }
}

TEST_F(UdpNetworkTest, SpeaksIpv6) {
  Server server("::1");
  if (!server.bound()) GTEST_SKIP() << "no IPv6 loopback here";
  const core::SocketId id = open(server.endpoint());
  ASSERT_TRUE(send(id, "question"));
  server.take();
  server.answer("answer");
  receive();
  EXPECT_EQ(seen_.back().text, "answer");
}

TEST_F(UdpNetworkTest, ReadsOneMessageInARound) {
  Server server;
  const core::SocketId id = open(server.endpoint());
  ASSERT_TRUE(send(id, "question"));
  server.take();
  for (const char* text : {"1", "2", "3"}) server.answer(text);
  for (std::size_t round = 1; round <= 3; ++round) {
    loop_.run_once(Nanos::max());
    EXPECT_EQ(seen_.size(), round);
  }
}

TEST_F(UdpNetworkTest, HearsOnlyTheServerThatItAsked) {
  Server server;
  Server stranger;
  const core::SocketId id = open(server.endpoint());
  ASSERT_TRUE(send(id, "question"));
  server.take();
  const core::Endpoint client = server.client();
  const core::SocketId to_stranger = open(stranger.endpoint());
  ASSERT_TRUE(send(to_stranger, "question"));
  stranger.take();
  EXPECT_NE(stranger.client().port, client.port);
  server.answer("true");
  receive();
  EXPECT_EQ(seen_.size(), 1U);
  EXPECT_EQ(seen_.back().socket, id);
}

TEST_F(UdpNetworkTest, DropsAndCountsAPacketThatIsTooLong) {
  Server server;
  const core::SocketId id = open(server.endpoint());
  ASSERT_TRUE(send(id, "question"));
  server.take();
  server.answer(std::string(limits::kNtpPacketBytes + 1, 'x'));
  server.answer(std::string(limits::kNtpPacketBytes, 'y'));
  receive();
  EXPECT_EQ(seen_.back().text.size(), limits::kNtpPacketBytes);
  EXPECT_EQ(network_.counters().oversized, 1U);
}

TEST_F(UdpNetworkTest, TakesARefusalOffTheSocketOnceAndGoesOn) {
  Server server;
  const core::SocketId id = open(server.endpoint());
  server.close();
  ASSERT_TRUE(send(id, "question"));
  while (network_.counters().errors == 0) loop_.run_once(Nanos::max());
  for (int round = 0; round < 5; ++round) loop_.run_once(0ns);
  EXPECT_EQ(network_.counters().errors, 1U);
  EXPECT_TRUE(send(id, "again"));
}

TEST_F(UdpNetworkTest, LetsThePacketsReceiverCloseItsSocket) {
  Server server;
  PollLoop loop(clock_, PollLoop::Threading::single);
  UdpNetwork* network = nullptr;
  bool closed = false;
  UdpNetwork own(loop, clock_, [&](const core::Datagram& datagram) {
    network->close(datagram.socket);
    closed = true;
  });
  network = &own;
  const auto id = own.open_client(server.endpoint(), {});
  ASSERT_TRUE(id);
  const std::string text = "question";
  ASSERT_TRUE(own.send(*id, std::as_bytes(std::span(text))));
  server.take();
  server.answer("1");
  server.answer("2");
  while (!closed) loop.run_once(Nanos::max());
  loop.run_once(0ns);
  const auto after = own.send(*id, std::as_bytes(std::span(text)));
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().code(), ErrorCode::not_found);
}

TEST_F(UdpNetworkTest, RefusesMoreSocketsThanItsBoundUntilOneCloses) {
  Server server;
  std::vector<core::SocketId> ids;
  for (std::size_t i = 0; i < limits::kClientSockets; ++i) ids.push_back(open(server.endpoint()));
  const auto refused = network_.open_client(server.endpoint(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::limit);
  network_.close(ids.front());
  EXPECT_TRUE(network_.open_client(server.endpoint(), {}));
}

}  // namespace
}  // namespace slewd::os
