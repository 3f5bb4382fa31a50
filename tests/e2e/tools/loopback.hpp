// SPDX-License-Identifier: Apache-2.0
// A connection to a service of this machine, with a deadline on everything: what the watching tools
// have in common. Times are of CLOCK_MONOTONIC_RAW, which nobody steps and nobody slews.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <netinet/in.h>

namespace slewd::e2e {

[[nodiscard]] sockaddr_in loopback_address(int port);

class Loopback {
 public:
  // Whatever is not done `patience` nanoseconds from now counts as silence.
  explicit Loopback(std::int64_t patience);
  ~Loopback();
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  // Each says whether it succeeded; failure() says why not.
  [[nodiscard]] bool connect_to(int port);
  [[nodiscard]] bool send_all(std::string_view text);
  [[nodiscard]] bool read_line(std::string& line);  // without its line end

  // "refused", "closed" or "silent"; empty while nothing has failed.
  [[nodiscard]] std::string_view failure() const { return failure_; }

 private:
  [[nodiscard]] bool fill();
  bool fail(std::string_view why);
  [[nodiscard]] int milliseconds_left() const;

  std::int64_t deadline_;
  std::string buffer_;
  std::string_view failure_;
  int socket_ = -1;
};

}  // namespace slewd::e2e
