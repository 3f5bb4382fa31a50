// SPDX-License-Identifier: Apache-2.0
// The service manager's readiness protocol (sd_notify(3)) without its library: a datagram of
// VAR=value lines to the socket in NOTIFY_SOCKET.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd::os {

// What the service manager put into the environment; empty = not set.
struct NotifyEnvironment {
  std::string socket;         // NOTIFY_SOCKET: a path, or @name for an abstract socket
  std::string watchdog_usec;  // WATCHDOG_USEC
  std::string watchdog_pid;   // WATCHDOG_PID: the process for which the interval is meant
};

// Any one thread. Without a socket every call does nothing and succeeds. Calls never block: a full
// socket is `unavailable`.
class Notifier {
 public:
  explicit Notifier(NotifyEnvironment environment) : environment_(std::move(environment)) {}
  [[nodiscard]] static Notifier from_environment();

  Result<void> ready() const;
  // `now` is the kernel's CLOCK_MONOTONIC; ready() ends the reload.
  Result<void> reloading(MonoTime now) const;
  Result<void> stopping() const;
  // One line for people; line breaks become spaces, and limits::kNotifyBytes cut it.
  Result<void> status(std::string_view text) const;
  Result<void> watchdog() const;

  [[nodiscard]] bool present() const { return !environment_.socket.empty(); }
  // The service is killed when this passes without watchdog(): call it at half of this. Empty when
  // there is no watchdog, or when it is meant for another process.
  [[nodiscard]] std::optional<Nanos> watchdog_timeout() const;

 private:
  Result<void> tell(const std::string& message) const;

  NotifyEnvironment environment_;
};

}  // namespace slewd::os
