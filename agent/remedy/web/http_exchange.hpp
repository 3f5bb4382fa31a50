// SPDX-License-Identifier: Apache-2.0
// One HTTP request on the thread that runs it, which another thread may cut short.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>

#include "agent/remedy/web/http_client.hpp"
#include "base/fd.hpp"
#include "base/url.hpp"

namespace slewd::remedy {

class HttpExchange {
 public:
  HttpExchange(HttpRequest request, Url url);

  // Blocks, at most until cancel(), a name lookup excepted: nothing can interrupt that.
  [[nodiscard]] Result<HttpResponse> run();
  // Any thread, also before run().
  void cancel();
  // Any thread: cuts it short when more has come than an answer within its bounds can need. The
  // HTTP library holds neither lines nor header fields nor interim answers to any number.
  void look();

  [[nodiscard]] const Url& url() const { return url_; }

 private:
  [[nodiscard]] Result<HttpResponse> exchange();
  void on_socket(int socket);
  void cut();
  [[nodiscard]] bool flooded();
  bool on_body(std::string_view piece);

  HttpRequest request_;
  Url url_;
  HttpResponse response_;
  const std::uint64_t most_bytes_;  // that may come in all
  bool too_long_ = false;
  std::mutex mutex_;  // guards the members below
  bool cancelled_ = false;
  bool flooded_ = false;
  Fd connection_;  // our own descriptor of the socket in use: it cannot be closed under cancel()
};

}  // namespace slewd::remedy
