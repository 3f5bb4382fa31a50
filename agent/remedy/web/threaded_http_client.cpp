// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/web/threaded_http_client.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/duration.hpp"
#include "base/quiet_thread.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

constexpr auto kGoodbye = 1s;
constexpr auto kFullReactorRetry = 20ms;
constexpr auto kLook = std::chrono::milliseconds(limits::kHttpCallLookMilliseconds);

// A line break inside a header field would begin another one.
bool is_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::optional<Error> request_problem(const HttpRequest& request) {
  if (request.body.size() > limits::kHttpCallBodyBytes)
    return Error(ErrorCode::limit,
                 "a request body of " + std::to_string(request.body.size()) + " bytes");
  for (const auto& [name, value] : request.headers)
    if (name.empty() || !is_line(name) || !is_line(value))
      return Error(ErrorCode::invalid, "a header field that is not one line");
  return std::nullopt;
}

}  // namespace

// What the owner and its threads share. A thread may outlive the owner, held up by a name server;
// then `owner` is null and it ends without a report.
struct ThreadedHttpClient::Shared {
  struct Job {
    std::uint64_t id = 0;
    std::shared_ptr<HttpExchange> exchange;
  };

  // The first whose peer no other thread is talking to.
  [[nodiscard]] std::deque<Job>::iterator next_job() {
    return std::ranges::find_if(
        queue, [&](const Job& job) { return !peers.contains(job.exchange->url().origin()); });
  }

  std::mutex mutex;
  std::condition_variable changed;
  ThreadedHttpClient* owner = nullptr;
  os::Reactor* reactor = nullptr;
  std::deque<Job> queue;
  std::set<std::string> peers;  // of the requests that run: as many as busy threads
};

ThreadedHttpClient::ThreadedHttpClient(os::Reactor& reactor)
    : reactor_(reactor), next_look_(reactor), shared_(std::make_shared<Shared>()) {
  shared_->owner = this;
  shared_->reactor = &reactor;
  for (int i = 0; i < limits::kHttpCallWorkers; ++i)
    threads_.push_back(start_quiet_thread("slewd-call", [shared = shared_] { work(shared); }));
}

ThreadedHttpClient::~ThreadedHttpClient() {
  for (const auto& [id, pending] : pending_)
    if (pending.exchange) pending.exchange->cancel();
  std::unique_lock lock(shared_->mutex);
  shared_->owner = nullptr;
  shared_->queue.clear();
  shared_->changed.notify_all();
  const bool idle =
      shared_->changed.wait_for(lock, kGoodbye, [&] { return shared_->peers.empty(); });
  lock.unlock();
  for (std::jthread& thread : threads_)
    if (!idle) thread.detach();
}

std::uint64_t ThreadedHttpClient::refuse_later(Done done, Error error) {
  const std::uint64_t id = ++last_id_;
  Pending& pending = pending_.try_emplace(id, reactor_).first->second;
  pending.done = std::move(done);
  pending.deadline.start(reactor_.now(),
                         [this, id, error = std::move(error)] { finish(id, fail(error)); });
  return id;
}

std::uint64_t ThreadedHttpClient::begin(HttpRequest request, Done done) {
  auto url = parse_url(request.url);
  if (!url) return refuse_later(std::move(done), url.error());
  if (auto problem = request_problem(request))
    return refuse_later(std::move(done), std::move(*problem));
  const Nanos timeout = request.timeout;
  const std::uint64_t id = ++last_id_;
  auto exchange = std::make_shared<HttpExchange>(std::move(request), std::move(*url));
  {
    const std::scoped_lock lock(shared_->mutex);
    if (shared_->queue.size() >= limits::kHttpCallQueue)
      return refuse_later(std::move(done),
                          Error(ErrorCode::limit, "too many requests wait already"));
    shared_->queue.push_back({id, exchange});
  }
  Pending& pending = pending_.try_emplace(id, reactor_).first->second;
  pending.exchange = std::move(exchange);
  pending.done = std::move(done);
  pending.deadline.start(reactor_.now() + timeout,
                         [this, id, timeout] { on_deadline(id, timeout); });
  if (!next_look_.running()) next_look_.start(reactor_.now() + kLook, [this] { look(); });
  shared_->changed.notify_all();
  return id;
}

void ThreadedHttpClient::cancel(std::uint64_t request) {
  if (!pending_.contains(request)) return;
  stop(request);
  pending_.erase(request);
}

void ThreadedHttpClient::look() {
  for (const auto& [id, pending] : pending_)
    if (pending.exchange) pending.exchange->look();  // the thread that is cut short reports
  if (!pending_.empty()) next_look_.start(reactor_.now() + kLook, [this] { look(); });
}

void ThreadedHttpClient::finish(std::uint64_t id, Result<HttpResponse> result) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;  // its deadline has passed
  const Done done = std::exchange(found->second.done, nullptr);
  pending_.erase(found);
  done(std::move(result));
}

void ThreadedHttpClient::stop(std::uint64_t id) {
  {
    const std::scoped_lock lock(shared_->mutex);
    std::erase_if(shared_->queue, [&](const Shared::Job& job) { return job.id == id; });
  }
  if (const auto& exchange = pending_.at(id).exchange; exchange) exchange->cancel();
}

void ThreadedHttpClient::on_deadline(std::uint64_t id, Nanos timeout) {
  const auto exchange = pending_.at(id).exchange;
  stop(id);
  finish(id, fail(ErrorCode::timeout,
                  exchange->url().origin() + " has not answered within " + format(timeout)));
}

void ThreadedHttpClient::work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->changed.wait(lock, [&] {
      return shared->owner == nullptr || shared->next_job() != shared->queue.end();
    });
    if (shared->owner == nullptr) return;
    const auto next = shared->next_job();
    const Shared::Job job = std::move(*next);
    shared->queue.erase(next);
    const std::string peer = job.exchange->url().origin();
    shared->peers.insert(peer);
    lock.unlock();
    auto result = std::make_shared<Result<HttpResponse>>(job.exchange->run());
    lock.lock();
    shared->peers.erase(peer);
    shared->changed.notify_all();

    // The owner lives on the reactor's thread, as this task does: null means that it is destroyed.
    const auto task = [shared, id = job.id, result] {
      ThreadedHttpClient* owner = nullptr;
      {
        const std::scoped_lock alive(shared->mutex);
        owner = shared->owner;
      }
      if (owner != nullptr) owner->finish(id, std::move(*result));
    };
    // An answer must not get lost, so a full reactor is tried again.
    while (shared->owner != nullptr && !shared->reactor->post(task))
      shared->changed.wait_for(lock, kFullReactorRetry);
  }
}

}  // namespace slewd::remedy
