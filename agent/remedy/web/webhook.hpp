// SPDX-License-Identifier: Apache-2.0
// Messages to other programs' HTTP endpoints, tried again until they are taken or their time is
// over. One request at a time to each origin (scheme, host, port), so that a receiver that hangs
// delays its own messages only, and limits::kWebhooksInFlight in all: webhooks never hold up the
// requests of others. Agent thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agent/os/reactor.hpp"
#include "agent/remedy/web/http_client.hpp"
#include "base/jitter.hpp"

namespace slewd::remedy {

struct WebhookMessage {
  std::string url;
  std::string body;     // JSON
  std::string ca_file;  // empty: the system's authorities
  std::map<std::string, std::string> headers;
  int retries = 5;                           // after the first try; up to limits::kWebhookTries
  Nanos timeout = std::chrono::seconds(10);  // of one try
  Nanos within = std::chrono::minutes(10);   // of it all: no try begins or goes on later
};

class Webhook {
 public:
  using Done = std::function<void(Result<void>)>;

  Webhook(os::Reactor& reactor, HttpClient& http, std::uint64_t seed);

  // Reports once, never from within send(); not at all when the object goes before. Tried again: no
  // answer, 408, 425, 429 and 5xx, after 1 s, 2 s and so on up to 5 minutes, cut by up to a half.
  // Errors: as of HttpClient; limit when limits::kWebhookQueue messages wait; unavailable with the
  // last answer; timeout when others held its turn until its time was over. The answer is for
  // drop().
  std::uint64_t send(WebhookMessage message, Done done);
  // No try begins any more and one under way is cut short; nothing is reported. An unknown message,
  // or one that has been reported, is ignored.
  void drop(std::uint64_t message);

  // The messages under way among them.
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

 private:
  struct Entry {
    Entry(WebhookMessage a_message, Done a_done, MonoTime now);
    WebhookMessage message;
    Done done;
    std::string origin;
    BackOff back_off;
    int tries = 0;
    MonoTime due;            // of the next try
    MonoTime deadline;       // of all
    std::uint64_t call = 0;  // of the client while a try is under way, else zero
  };
  using Queue = std::map<std::uint64_t, Entry>;

  // Begins what may begin and sets the timer for what must wait; reports nothing.
  void serve();
  [[nodiscard]] Queue::iterator next_turn();
  void begin(std::uint64_t id, Entry& entry);
  void on_answer(std::uint64_t id, const Result<HttpResponse>& answer);
  void on_timer();

  os::Reactor& reactor_;
  HttpClient& http_;
  Jitter jitter_;
  std::uint64_t last_id_ = 0;
  Queue queue_;
  os::Timer turn_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace slewd::remedy
