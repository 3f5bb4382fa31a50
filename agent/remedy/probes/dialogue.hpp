// SPDX-License-Identifier: Apache-2.0
// One conversation over a byte stream, without I/O: given what happened, it answers what to send
// next and whether the service has proved itself. SocketProbe lends it a socket.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/limits.hpp"

namespace slewd::remedy {

struct Step {
  enum class Kind { more, passed, failed };
  Kind kind = Kind::more;
  std::string send;    // bytes to send now; with `passed`, a farewell without an answer
  std::string detail;  // of a verdict

  static Step more(std::string bytes = {}) { return {Kind::more, std::move(bytes), {}}; }
  static Step passed(std::string detail, std::string farewell = {}) {
    return {Kind::passed, std::move(farewell), std::move(detail)};
  }
  static Step failed(std::string detail) { return {Kind::failed, {}, std::move(detail)}; }
};

class Dialogue {
 public:
  virtual ~Dialogue() = default;

  // Called first, once.
  virtual Step connected() = 0;
  // The next bytes of the peer, in pieces of any size. Not called after a verdict.
  virtual Step received(std::string_view bytes) = 0;
  // What has not come yet: "no greeting". Used when the peer closes or the deadline passes.
  [[nodiscard]] virtual std::string missing() const = 0;
  // A peer that says more than so many bytes is cut off.
  [[nodiscard]] virtual std::size_t reply_limit() const { return limits::kProbeReplyBytes; }
};

}  // namespace slewd::remedy
