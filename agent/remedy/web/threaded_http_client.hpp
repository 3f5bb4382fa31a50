// SPDX-License-Identifier: Apache-2.0
// HttpClient over blocking requests: limits::kHttpCallWorkers threads of its own work them off, and
// no two at a time for one peer, so that a peer that hangs holds up its own requests only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/remedy/web/http_client.hpp"
#include "agent/remedy/web/http_exchange.hpp"

namespace slewd::remedy {

// Agent thread only.
class ThreadedHttpClient final : public HttpClient {
 public:
  explicit ThreadedHttpClient(os::Reactor& reactor);
  ThreadedHttpClient(const ThreadedHttpClient&) = delete;
  ThreadedHttpClient& operator=(const ThreadedHttpClient&) = delete;
  // Cuts short what runs and reports nothing. Waits a second at most: a thread in a name lookup is
  // left behind and ends by itself.
  ~ThreadedHttpClient() override;

  // A queue of limits::kHttpCallQueue; beyond, the report is an error of code limit.
  std::uint64_t begin(HttpRequest request, Done done) override;
  void cancel(std::uint64_t request) override;

 private:
  struct Shared;
  struct Pending {
    explicit Pending(os::Reactor& reactor) : deadline(reactor) {}
    std::shared_ptr<HttpExchange> exchange;  // null: refused by begin()
    Done done;
    os::Timer deadline;
  };

  static void work(const std::shared_ptr<Shared>& shared);
  std::uint64_t refuse_later(Done done, Error error);
  void finish(std::uint64_t id, Result<HttpResponse> result);
  // Ends its exchange, or sees to it that it never begins.
  void stop(std::uint64_t id);
  void on_deadline(std::uint64_t id, Nanos timeout);
  // Holds what runs to its bounds, again and again while anything is under way.
  void look();

  os::Reactor& reactor_;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, Pending> pending_;
  os::Timer next_look_;
  std::shared_ptr<Shared> shared_;
  std::vector<std::jthread> threads_;
};

}  // namespace slewd::remedy
