// SPDX-License-Identifier: Apache-2.0
// `slewctl jumps`: the daemon's answer, or the ledger file when no daemon answers; once, or
// continuously.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "agent/core/ports.hpp"
#include "base/result.hpp"

namespace slewd::app {

struct JumpsArguments {
  std::string ledger;  // read only this file; empty: ask, and fall back on the default ledger
  std::string since;   // since.hpp; empty: everything
  bool json = false;
  std::size_t width = 0;  // of the terminal; 0 = unlimited
};

// What the commands need from outside; tests replace it.
struct JumpsWorld {
  // The document of /api/v1/jumps?since_id=N.
  std::function<Result<std::string>(std::uint64_t since_id)> ask;
  const core::Clock& clock;
  std::string default_ledger;
};

// A table with a last line that names its origin, or the document of docs/api.md. Errors:
// `invalid` for `since`, else the daemon's or the file's.
[[nodiscard]] Result<std::string> show_jumps(const JumpsArguments& arguments,
                                             const JumpsWorld& world);

struct Follower {
  std::function<Result<void>(const std::string& line)> print;
  std::function<void(const std::string& text)> remark;  // for people, beside the lines
  std::function<bool()> wait;                           // until the next poll; false: end
};

// Each jump once, oldest first, as one line or as one JSON object. Waits for a daemon that does not
// answer. Ends when wait() returns false, or with the error of print() or of a daemon that refuses.
[[nodiscard]] Result<void> follow_jumps(const JumpsArguments& arguments, const JumpsWorld& world,
                                        const Follower& follower);

}  // namespace slewd::app
