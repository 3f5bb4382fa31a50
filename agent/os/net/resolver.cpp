// SPDX-License-Identifier: Apache-2.0
#include "agent/os/net/resolver.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include <netdb.h>
#include <sys/socket.h>

#include "agent/os/net/endpoint.hpp"
#include "base/limits.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;
using Addresses = Result<std::vector<core::Endpoint>>;

constexpr std::size_t kLongestName = 253;  // RFC 1035 section 2.3.4, in text form
constexpr auto kMailboxRetry = 20ms;

ErrorCode code_of(int result) {
  switch (result) {
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
      return ErrorCode::not_found;
    case EAI_AGAIN:
      return ErrorCode::unavailable;
    case EAI_MEMORY:
      return ErrorCode::limit;
    case EAI_FAIL:
      return ErrorCode::unavailable;
    default:
      return ErrorCode::internal;
  }
}

Error lookup_error(const std::string& host, int result, int error_number) {
  const Error error = result == EAI_SYSTEM ? system_error("getaddrinfo", error_number)
                                           : Error(code_of(result), ::gai_strerror(result));
  return Error(error).within("cannot resolve " + host);
}

// An answer without a name service: a numeric address, or an error for an impossible name.
std::optional<Addresses> answer_at_once(const std::string& host, std::uint16_t port) {
  if (const Result<core::Endpoint> numeric = parse_numeric(host, port))
    return std::vector<core::Endpoint>{*numeric};
  if (host.empty() || host.size() > kLongestName || host.find('\0') != std::string::npos)
    return fail(ErrorCode::invalid,
                "a host name has 1 to " + std::to_string(kLongestName) + " characters");
  return std::nullopt;
}

}  // namespace

Result<std::vector<core::Endpoint>> look_up(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* list = nullptr;
  const int result = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (result != 0) return fail(lookup_error(host, result, errno));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);

  std::vector<core::Endpoint> found;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    Result<core::Endpoint> endpoint = from_socket_address(entry->ai_addr, entry->ai_addrlen);
    if (!endpoint) continue;
    endpoint->port = port;
    if (std::find(found.begin(), found.end(), *endpoint) == found.end()) found.push_back(*endpoint);
    if (found.size() == limits::kResolvedAddresses) break;
  }
  if (found.empty()) return fail(lookup_error(host, EAI_NONAME, 0));
  return found;
}

// Shared by the owner and the helper thread. The thread may outlive the owner while it waits for a
// name server; then `loop` is null and it ends silently.
struct ThreadedResolver::Shared {
  struct Request {
    std::string host;
    std::uint16_t port = 0;
    Answer answer;
  };

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Request> queue;
  PollLoop* loop = nullptr;
  bool busy = false;  // inside a lookup, which nothing can interrupt
};

ThreadedResolver::ThreadedResolver(PollLoop& loop, Lookup lookup)
    : shared_(std::make_shared<Shared>()) {
  shared_->loop = &loop;
  thread_ = std::jthread([shared = shared_, lookup = std::move(lookup)] { serve(shared, lookup); });
}

ThreadedResolver::~ThreadedResolver() {
  bool busy = false;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->loop = nullptr;
    shared_->queue.clear();
    busy = shared_->busy;
  }
  shared_->changed.notify_one();
  if (busy) thread_.detach();
}

void ThreadedResolver::lookup(const std::string& host, std::uint16_t port, Answer answer) {
  if (const std::optional<Addresses> known = answer_at_once(host, port)) return answer(*known);
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->queue.size() < limits::kResolverQueue) {
      shared_->queue.push_back({host, port, std::move(answer)});
      shared_->changed.notify_one();
      return;
    }
  }
  answer(fail(
      Error(ErrorCode::limit, std::to_string(limits::kResolverQueue) + " names are queued already")
          .within("cannot resolve " + host)));
}

void ThreadedResolver::serve(const std::shared_ptr<Shared>& shared, const Lookup& lookup) {
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->changed.wait(lock, [&] { return shared->loop == nullptr || !shared->queue.empty(); });
    if (shared->loop == nullptr) return;
    Shared::Request request = std::move(shared->queue.front());
    shared->queue.pop_front();

    shared->busy = true;
    lock.unlock();
    Addresses found = lookup(request.host, request.port);
    lock.lock();
    shared->busy = false;

    // The owner and this task are on the loop's thread: null means that the owner is gone.
    const std::function<void()> letter = [shared, answer = std::move(request.answer),
                                          found = std::move(found)] {
      {
        const std::lock_guard alive(shared->mutex);
        if (shared->loop == nullptr) return;
      }
      answer(found);
    };
    // An answer must not get lost, so a full mailbox is tried again.
    while (shared->loop != nullptr && !shared->loop->post(letter))
      shared->changed.wait_for(lock, kMailboxRetry);
  }
}

SynchronousResolver::SynchronousResolver(Lookup lookup) : lookup_(std::move(lookup)) {}

void SynchronousResolver::lookup(const std::string& host, std::uint16_t port, Answer answer) {
  const std::optional<Addresses> known = answer_at_once(host, port);
  answer(known ? *known : lookup_(host, port));
}

}  // namespace slewd::os
