// SPDX-License-Identifier: Apache-2.0
// A mail service whose clock goes back, as Dovecot behaves: a model without sockets, which the demo
// puts behind a real loopback port. It compares the wall clock with that of its last wake-up, so
// it sees a step less the time since then. Not thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/ports.hpp"
#include "base/timeline.hpp"

namespace slewd::sim {

enum class VictimKind {
  // Dovecot 1: asleep through a backward move of up to 5 s, beyond that it kills itself.
  kills_itself,
  // Dovecot 2: lives on and greets, but logins hang for min(move, 180 s) or until a reload.
  hangs_logins,
};

inline constexpr Nanos kVictimTolerance = std::chrono::seconds{5};
inline constexpr Nanos kVictimLongestHang = std::chrono::seconds{180};
inline constexpr int kVictimExitStatus = 89;

class Victim {
 public:
  using Log = std::function<void(const std::string& line)>;

  Victim(VictimKind kind, Log log) : kind_(kind), log_(std::move(log)) {}

  void start(const core::ClockReading& now);
  void stop();  // exit status 0
  // Ends a login hang, as `doveadm reload` does.
  void reload(const core::ClockReading& now);

  // One turn of its event loop. Dovecot turns at each event and about once a second.
  void wake(const core::ClockReading& now);

  [[nodiscard]] bool alive() const { return running_; }
  // Of the last run; empty while it runs and before the first.
  [[nodiscard]] std::optional<int> exit_status() const { return exit_status_; }

  // What a new connection reads at once; empty while dead or asleep. A wake-up.
  [[nodiscard]] std::string greeting(const core::ClockReading& now);
  // The answer to one IMAP line ("a1 LOGIN user secret"): CAPABILITY, NOOP, LOGIN, LOGOUT.
  // Empty while it hangs or sleeps: ask again later. A wake-up.
  [[nodiscard]] std::string answer(std::string_view line, const core::ClockReading& now);

 private:
  void went_back(const core::ClockReading& now, Nanos by);
  void end(int status);

  VictimKind kind_;
  Log log_;
  bool running_ = false;
  std::optional<int> exit_status_;
  WallTime last_wall_;
  MonoTime asleep_until_;
  MonoTime logins_hang_until_;
};

}  // namespace slewd::sim
