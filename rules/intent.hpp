// What a rule wants done, and what came of it: the values that pass between the rules engine, the
// dispatcher (agent/remedy), the ledger and the exporter. Owned by the agent thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/timeline.hpp"

namespace slewd::rules {

enum class Verb { start, stop, restart, reload };
inline constexpr std::array kVerbs{Verb::start, Verb::stop, Verb::restart, Verb::reload};
[[nodiscard]] std::string_view to_string(Verb verb);

// Acts on a target of the rule file: through its own command for the verb, or its systemd unit.
struct ServiceAction {
  Verb verb = Verb::restart;
  std::string target;
};
// Runs a program, never a shell. argv[0] is an absolute path.
struct RunAction {
  std::vector<std::string> argv;
};
// Narrows the poll range of the core; the configuration's own range is the outer limit.
struct PollAction {
  Nanos minimum{};
  Nanos maximum{};
};
struct BurstAction {};
struct NotifyAction {
  std::string text;
};
using Action = std::variant<ServiceAction, RunAction, PollAction, BurstAction, NotifyAction>;

// "restart dovecot", "run /usr/bin/true", "poll 16s..64s": for logs, metrics and tables.
[[nodiscard]] std::string describe(const Action& action);

// Proof that an action worked: `successes` passing runs of the probe in a row.
struct Verify {
  std::string probe;  // "dovecot.login"
  int successes = 2;
  Nanos every = std::chrono::milliseconds(250);
  Nanos within = std::chrono::seconds(30);  // measured from the end of the action
};

enum class OnFail { next, stop };

struct Link {
  Action action;
  Nanos timeout = std::chrono::seconds(30);
  std::optional<Verify> verify;  // without it the outcome is never "verified"
  OnFail on_fail = OnFail::stop;
};

// One decision of one rule. Links run in order until one succeeds.
struct Intent {
  std::uint64_t id{};  // rises by one, survives restarts through the ledger
  std::string rule;
  std::vector<Link> links;
  bool dry_run = true;   // shadow: everything but the act
  std::string evidence;  // the facts that made the condition true, one line of text
  MonoTime decided;
};

enum class Ending {
  verified,   // done, and the probe has proved it
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
  std::string detail;  // exit status, probe error, captured output: one line, for people
  Nanos took{};        // from decision to ending
  MonoTime ended;
  WallTime wall;
};

}  // namespace slewd::rules
