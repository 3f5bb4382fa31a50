// SPDX-License-Identifier: Apache-2.0
// A server on a free loopback port that says what a test wants it to say.
#pragma once

#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"

#include "tests/unit/remedy/test_reactor.hpp"

namespace slewd::remedy {

class LoopbackServer {
 public:
  explicit LoopbackServer(TestReactor& reactor);
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;
  ~LoopbackServer();

  [[nodiscard]] int port() const { return port_; }
  // Closes the listening socket: who connects now is refused.
  void stop_listening();

  std::string greeting;
  bool close_after_greeting = false;
  // What to say to a line of the client (without its end); empty says nothing.
  std::function<std::string(std::string_view)> answer;
  // When set, it gets the bytes as they come instead, and says what to answer.
  std::function<std::string(std::string_view)> answer_bytes;
  // When set, it follows the first answer to a client, over and over, as fast as it is read.
  std::string flood;
  std::size_t flooded = 0;  // bytes of it that were sent
  bool flood_cut = false;   // a client has broken it off
  // To all who are connected.
  void say(std::string_view text);
  std::vector<std::string> lines;  // that clients have sent
  int connections = 0;

 private:
  struct Peer {
    Fd fd;
    std::string pending;
    std::size_t poured = 0;
  };
  void on_accept();
  void on_readable(Peer& peer);
  void pour(Peer& peer);
  void hang_up(Peer& peer);

  TestReactor& reactor_;
  Fd listener_;
  int port_ = 0;
  std::list<Peer> peers_;
};

}  // namespace slewd::remedy
