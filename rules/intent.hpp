// SPDX-License-Identifier: Apache-2.0
// A rule's decision to act, and its outcome: the values that pass between the rules engine, the
// dispatcher (agent/remedy), the ledger and the exporter. Owned by the agent thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/timeline.hpp"
#include "rules/action.hpp"

namespace slewd::rules {

// One decision of one rule. Links run in order until one succeeds.
struct Intent {
  std::uint64_t id{};  // rises by one, survives restarts through the ledger
  std::string rule;
  std::vector<Link> links;
  std::string fleet;     // the lock whose slot must still be held when it acts; empty = none
  bool clears = false;   // runs `on_clear` at the end of an episode
  std::string undo;      // Rule::undo_hash(): what undoes it when the episode ends
  bool dry_run = true;   // shadow: everything but the action
  std::string evidence;  // the facts that made the condition true, one line of text
  MonoTime decided;
};

enum class Ending {
  verified,   // done, and confirmed by the probe
  done,       // done; no verification was asked for
  failed,     // the action or its verification failed
  timed_out,  // the deadline passed and the action was ended
  refused,    // nothing was done: protected, busy, or not possible
  would_do,   // dry run: this would have been done
  unknown,    // the daemon died between intent and outcome
};
inline constexpr std::array kEndings{Ending::verified,  Ending::done,    Ending::failed,
                                     Ending::timed_out, Ending::refused, Ending::would_do,
                                     Ending::unknown};
[[nodiscard]] std::string_view to_string(Ending ending);

struct Outcome {
  std::uint64_t intent{};
  std::string rule;
  std::string action;  // describe() of the link that decided
  Ending ending = Ending::unknown;
  std::string detail;     // exit status, probe error, captured output: one line of text
  std::string outline{};  // the same without the output of programs; empty = unknown
  Nanos took{};           // from decision to ending
  MonoTime ended;
  WallTime wall;
  bool earlier_boot = false;  // then `ended` is not on this boot's time line
};

}  // namespace slewd::rules
