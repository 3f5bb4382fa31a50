// SPDX-License-Identifier: Apache-2.0
// slewctl's side of the unix socket: HTTP requests to the daemon's own API.
#pragma once

#include <string>

#include "base/result.hpp"

namespace slewd::app {

// Whether a connection to this unix socket would have to wait because its queue is full.
[[nodiscard]] bool is_queue_full(const std::string& path);

class CtlClient {
 public:
  explicit CtlClient(std::string socket_path) : path_(std::move(socket_path)) {}

  // The body of GET /api/v1/<what>. Errors: `unavailable` only when no daemon answers (with what to
  // try); otherwise the message of the daemon's error object.
  [[nodiscard]] Result<std::string> get(const std::string& what) const;
  // POST /api/v1/<command> with a JSON body (may be empty).
  [[nodiscard]] Result<std::string> command(const std::string& command,
                                            const std::string& body) const;
  // The page of /metrics.
  [[nodiscard]] Result<std::string> metrics() const;

 private:
  std::string path_;
};

}  // namespace slewd::app
