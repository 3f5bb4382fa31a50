// An HttpClient that keeps what it is asked and answers when a test says so.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/remedy/http/http_client.hpp"

namespace slewd::remedy {

class FakeHttp final : public HttpClient {
 public:
  void begin(HttpRequest request, Done done) override {
    requests.push_back(std::move(request));
    waiting_.push_back(std::move(done));
  }
  // Answers the oldest request that waits.
  void answer(int status, std::string body = "") {
    give(HttpResponse{status, std::move(body), {}});
  }
  void answer(Error error) { give(fail(std::move(error))); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] const HttpRequest& last() const { return requests.back(); }
  [[nodiscard]] std::string last_line() const {
    return requests.back().method + " " + requests.back().url;
  }

  std::vector<HttpRequest> requests;

 private:
  void give(Result<HttpResponse> answer) {
    const Done done = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    done(std::move(answer));
  }
  std::vector<Done> waiting_;
};

}  // namespace slewd::remedy
