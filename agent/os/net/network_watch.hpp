// SPDX-License-Identifier: Apache-2.0
// Reports a new address or route, and a link that comes up (rtnetlink(7)). The core decides what to
// do.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>

#include "agent/os/poll_loop.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::os {

// Links, addresses and routes that are remembered: bounds the memory of a router.
inline constexpr std::size_t kMostNetworkFacts = 1024;

// The links that run, the addresses and the unicast routes that the kernel has reported. It reports
// them again without a change: a link with each figure of its driver, an address and a route with
// each router advertisement.
class NetworkFacts {
 public:
  // Takes in the kernel's messages. Whether one of them is a link, an address or a route that was
  // not there before; with more than kMostNetworkFacts each is.
  bool take(std::span<const std::byte> messages);

 private:
  bool take_one(int type, std::span<const std::byte> content);

  std::set<std::string> known_;
};

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
  NetworkFacts facts_;
};

}  // namespace slewd::os
