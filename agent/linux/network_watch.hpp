// Tells when the network of this machine changes for the better: an address, a route, a link that
// comes up (rtnetlink(7)). Thin: what to make of it is the core's.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "agent/linux/poll_loop.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::os {

// Whether one of the messages of the kernel is a new address, a new route or a link that runs.
[[nodiscard]] bool tells_of_network(std::span<const std::byte> messages);

// Owned by the loop's thread; the loop outlives it. Not under a libc-level simulator.
class NetworkWatch {
 public:
  // `changed` is called once for all that has come in a round, also where the kernel has dropped
  // messages. `unsupported` where a sandbox forbids AF_NETLINK.
  [[nodiscard]] static Result<std::unique_ptr<NetworkWatch>> start(PollLoop& loop,
                                                                   std::function<void()> changed);
  NetworkWatch(const NetworkWatch&) = delete;
  NetworkWatch& operator=(const NetworkWatch&) = delete;
  ~NetworkWatch();

 private:
  NetworkWatch(PollLoop& loop, Fd fd, std::function<void()> changed);
  void on_readable();

  PollLoop& loop_;
  Fd fd_;
  std::function<void()> changed_;
};

}  // namespace slewd::os
