// SPDX-License-Identifier: Apache-2.0
// An HttpClient that keeps what it is asked and answers when a test says so.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "agent/remedy/web/http_client.hpp"

namespace slewd::remedy {

class FakeHttp final : public HttpClient {
 public:
  std::uint64_t begin(HttpRequest request, Done done) override {
    requests.push_back(std::move(request));
    waiting_.push_back({requests.size(), requests.back().url, std::move(done)});
    return requests.size();
  }
  void cancel(std::uint64_t request) override {
    cancelled += std::erase_if(waiting_, [&](const Call& call) { return call.id == request; });
  }
  // Answers the oldest request that waits.
  void answer(int status, std::string body = "") {
    give(waiting_.begin(), HttpResponse{status, std::move(body), {}});
  }
  void answer(Error error) { give(waiting_.begin(), fail(std::move(error))); }
  // Answers the oldest request to this URL.
  void answer_at(const std::string& url, int status) {
    give(std::ranges::find(waiting_, url, &Call::url), HttpResponse{status, "", {}});
  }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] const HttpRequest& last() const { return requests.back(); }
  [[nodiscard]] std::string last_line() const {
    return requests.back().method + " " + requests.back().url;
  }

  std::vector<HttpRequest> requests;
  std::size_t cancelled = 0;

 private:
  struct Call {
    std::uint64_t id = 0;
    std::string url;
    Done done;
  };

  void give(std::vector<Call>::iterator call, Result<HttpResponse> answer) {
    const Done done = std::move(call->done);
    waiting_.erase(call);
    done(std::move(answer));
  }
  std::vector<Call> waiting_;
};

}  // namespace slewd::remedy
