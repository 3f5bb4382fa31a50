// SPDX-License-Identifier: Apache-2.0
// The demo's mail service: a process of its own that greets like IMAP on a loopback port and, as
// Dovecot 1 did, kills itself when its clock goes back by more than 5 s.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace slewd::lab {

struct VictimOptions {
  std::uint16_t port = 0;
  std::string clock_page;  // path of the SharedWall
  std::string log;         // file for its last message
};

// Starts the service in the background, as an init script would: returns once it listens, or with
// the reason why it does not. Called by `slewd-lab demo-victim`.
[[nodiscard]] Result<void> launch_victim(const VictimOptions& options);

// The command line that a rule uses to start it again.
[[nodiscard]] std::vector<std::string> victim_command(const std::string& self,
                                                      const VictimOptions& options);

}  // namespace slewd::lab
