// SPDX-License-Identifier: Apache-2.0
// limits::kHttpWorkers threads that turn requests into responses, behind a queue: a slow handler
// delays other requests, but never the reading of sockets.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "exporter/http/http_message.hpp"

namespace slewd::exporter {

class WorkerPool {
 public:
  using Handler = std::function<Response(const Request&)>;

  struct Answer {
    std::uint64_t connection = 0;
    Response response;
  };

  // `handler` runs on the workers, several at a time. `notify` is called by a worker after each
  // answer, and must be safe to call from any thread.
  WorkerPool(Handler handler, std::function<void()> notify);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool();  // waits for the handlers that run; drops what is queued

  // One request of a connection at a time: the limit of connections is that of the queue.
  void submit(std::uint64_t connection, Request request);
  [[nodiscard]] std::vector<Answer> take_answers();

 private:
  struct Job {
    std::uint64_t connection = 0;
    Request request;
  };
  void work();

  Handler handler_;
  std::function<void()> notify_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::vector<Answer> answers_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace slewd::exporter
