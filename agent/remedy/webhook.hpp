// Messages to other programs' HTTP endpoints, tried again until they are taken. One request at a
// time: webhooks never hold up the requests of others. Agent thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "agent/remedy/fleet/jitter.hpp"
#include "agent/remedy/http/http_client.hpp"
#include "agent/remedy/reactor.hpp"

namespace slewd::remedy {

struct WebhookMessage {
  std::string url;
  std::string body;     // JSON
  std::string ca_file;  // empty: the system's authorities
  std::map<std::string, std::string> headers;
  int retries = 5;                           // after the first try; up to limits::kWebhookTries
  Nanos timeout = std::chrono::seconds(10);  // of one try
};

class Webhook {
 public:
  using Done = std::function<void(Result<void>)>;

  Webhook(Reactor& reactor, HttpClient& http, std::uint64_t seed);

  // Reports once, never from within send(); not at all when the object goes before. Tried again: no
  // answer, 408, 425, 429 and 5xx, after 1 s, 2 s and so on up to 5 minutes, cut by up to a half.
  // Errors: as of HttpClient; limit when limits::kWebhookQueue messages wait; unavailable with the
  // last answer.
  void send(WebhookMessage message, Done done);

  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

 private:
  struct Entry {
    Entry(WebhookMessage a_message, Done a_done);
    WebhookMessage message;
    Done done;
    BackOff back_off;
    int tries = 0;
    MonoTime due;
  };

  void serve();
  void begin(std::list<Entry>::iterator entry);
  void on_answer(std::list<Entry>::iterator entry, const Result<HttpResponse>& answer);

  Reactor& reactor_;
  HttpClient& http_;
  Jitter jitter_;
  std::list<Entry> queue_;
  bool in_flight_ = false;
  Timer turn_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace slewd::remedy
