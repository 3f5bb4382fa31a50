// SPDX-License-Identifier: Apache-2.0
// Host names to addresses, by getaddrinfo(3): on one helper thread, or at once in single-thread
// mode.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/core/ports.hpp"
#include "agent/os/poll_loop.hpp"

namespace slewd::os {

// Blocks as long as the name service does. At most limits::kResolvedAddresses, without repetition.
[[nodiscard]] Result<std::vector<core::Endpoint>> look_up(const std::string& host,
                                                          std::uint16_t port);

using Lookup =
    std::function<Result<std::vector<core::Endpoint>>(const std::string& host, std::uint16_t port)>;

// Both resolvers answer numeric addresses before lookup() returns, without a name service.

// Owned by the loop's thread; the loop outlives it. Answers that are under way when it is destroyed
// are not called. Its end never waits for a name server.
class ThreadedResolver : public core::Resolver {
 public:
  explicit ThreadedResolver(PollLoop& loop, Lookup lookup = look_up);
  ThreadedResolver(const ThreadedResolver&) = delete;
  ThreadedResolver& operator=(const ThreadedResolver&) = delete;
  ~ThreadedResolver() override;

  // With limits::kResolverQueue names waiting the answer is `limit`, at once.
  void lookup(const std::string& host, std::uint16_t port, Answer answer) override;

 private:
  struct Shared;
  static void serve(const std::shared_ptr<Shared>& shared, const Lookup& lookup);

  std::shared_ptr<Shared> shared_;
  std::jthread thread_;
};

// For single-thread mode: lookup() blocks.
class SynchronousResolver : public core::Resolver {
 public:
  explicit SynchronousResolver(Lookup lookup = look_up);
  void lookup(const std::string& host, std::uint16_t port, Answer answer) override;

 private:
  Lookup lookup_;
};

}  // namespace slewd::os
