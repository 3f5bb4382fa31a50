// SPDX-License-Identifier: Apache-2.0
// The port through which remedies make HTTP requests: Kubernetes API and webhooks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd::remedy {

struct HttpRequest {
  std::string method = "GET";  // GET, PUT, POST, PATCH or DELETE
  std::string url;             // see base/url.hpp
  std::map<std::string, std::string> headers;
  std::string body;
  // Of the authorities whose certificates are believed; empty: the system's.
  std::string ca_file;
  // From begin() to the whole answer, waiting and name lookup included.
  Nanos timeout = std::chrono::seconds(10);
  std::size_t max_answer_bytes = limits::kHttpCallAnswerBytes;
  // The time at which certificates must be valid; without it the system clock's.
  std::optional<WallTime> certificate_time;
};

struct HttpResponse {
  int status = 0;
  std::string body;
  std::map<std::string, std::string> headers;  // names in lower case; the first of equal ones
};

class HttpClient {
 public:
  using Done = std::function<void(Result<HttpResponse>)>;

  virtual ~HttpClient() = default;

  // Reports exactly once, on the agent thread, never from within begin(). Any status is an answer;
  // redirects are not followed. Errors: invalid, unavailable, permission (the certificate is not
  // believed), timeout, limit. The answer, never zero, is for cancel().
  virtual std::uint64_t begin(HttpRequest request, Done done) = 0;
  // Nothing is reported any more; what has been sent may have been taken all the same. An unknown
  // request, or one that has reported, is ignored.
  virtual void cancel(std::uint64_t request) = 0;
};

}  // namespace slewd::remedy
