// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/worker_pool.hpp"

#include <utility>

#include "base/limits.hpp"
#include "base/quiet_thread.hpp"

namespace slewd::exporter {

WorkerPool::WorkerPool(Handler handler, std::function<void()> notify)
    : handler_(std::move(handler)), notify_(std::move(notify)) {
  for (int i = 0; i < limits::kHttpWorkers; ++i) {
    threads_.push_back(start_quiet_thread("slewd-worker", [this] { work(); }));
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  threads_.clear();  // joins
}

void WorkerPool::submit(std::uint64_t connection, Request request) {
  {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back({connection, std::move(request)});
  }
  wake_.notify_one();
}

std::vector<WorkerPool::Answer> WorkerPool::take_answers() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(answers_, {});
}

void WorkerPool::work() {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    Response response;
    try {
      response = handler_(job.request);
    } catch (...) {
      // Only memory can run out here. The text shows no internals.
      response = text_response(500, "internal error\n");
    }
    {
      const std::scoped_lock lock(mutex_);
      answers_.push_back({job.connection, std::move(response)});
    }
    notify_();
  }
}

}  // namespace slewd::exporter
