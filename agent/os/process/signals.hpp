// SPDX-License-Identifier: Apache-2.0
// SIGTERM, SIGINT and SIGHUP as calls on a loop's thread. The handler only sets a bit and wakes the
// loop; the loop asks after each return of poll, so an interrupted poll needs nothing else.
#pragma once

#include <functional>

#include "agent/os/poll_loop.hpp"

namespace slewd::os {

// At most one in a process (signal handlers belong to the process). Also ignores SIGPIPE: a peer
// that hangs up is an error value. The destructor puts the previous handlers back.
class Signals {
 public:
  // `on_signal` gets SIGTERM, SIGINT or SIGHUP; the same signal twice before a look counts once.
  Signals(PollLoop& loop, std::function<void(int number)> on_signal);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

 private:
  void look();

  PollLoop& loop_;
  std::function<void(int)> on_signal_;
};

}  // namespace slewd::os
