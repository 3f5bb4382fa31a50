// SPDX-License-Identifier: Apache-2.0
// What a rule can do: each kind of action as a value. Pure data; the actuators are in
// agent/remedy.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
  std::string user{};                      // empty: slewd's own; another needs root
  std::vector<std::string> environment{};  // "NAME=value", beside the daemon's own
};
// Narrows the poll range of the core; the configuration's own range is the outer limit.
struct PollAction {
  Nanos minimum{};
  Nanos maximum{};
};
struct BurstAction {};
// The core keeps its frequency and ignores its sources for this long.
struct HoldoverAction {
  Nanos duration{};
};
// Ignores one source for this long (its address as configured or shown), or all that
// the selection calls falsetickers ("falsetickers").
struct BanAction {
  std::string source;
  Nanos duration{};
};
// A planned step to true time as the sources have it, with the hooks of every pre_step rule.
struct StepAction {};
// For pre_step rules: cancel the announced step; the error is slewed away.
struct VetoAction {};
// No rule acts on services or the node until the clock is synchronized, for `at_most` this long.
struct HoldRulesAction {
  Nanos at_most{};
};
struct NotifyAction {
  std::string text;
};
// An HTTP POST. The body is JSON whose strings may name variables (webhook_template.hpp).
struct WebhookAction {
  std::string url;
  std::string body;  // JSON text
  std::vector<std::pair<std::string, std::string>> headers;
  std::string ca_file;  // empty: the system's certificates
  int retries = 3;
  // Secrets in files, by absolute path: the first line is the value. Read at each use.
  std::string url_file = {};  // instead of `url`
  std::vector<std::pair<std::string, std::string>> header_files = {};
};
// The condition ClockUnsafe of the Kubernetes node that slewd runs on.
struct NodeConditionAction {
  bool status = true;  // true = there is a problem
  std::string reason;  // CamelCase
  std::string message;
};
struct NodeEventAction {
  std::string reason;  // CamelCase
  std::string note;
};
struct NodeTaintAction {
  std::string key;
  std::string effect = "PreferNoSchedule";
  bool present = true;
};

using Action = std::variant<ServiceAction, RunAction, PollAction, BurstAction, HoldoverAction,
                            BanAction, StepAction, VetoAction, HoldRulesAction, NotifyAction,
                            WebhookAction, NodeConditionAction, NodeEventAction, NodeTaintAction>;

// "restart dovecot", "run /usr/bin/true", "poll 16s..64s": for logs, metrics and tables.
[[nodiscard]] std::string describe(const Action& action);

// The scope of an action, in rising order. Only `service` and `node` affect other programs: they
// wait for boot grace, storms and fleet slots.
enum class Reach { self, service, node };
[[nodiscard]] Reach reach_of(const Action& action);

// A notification: its success does not show that the fault is repaired.
[[nodiscard]] bool is_notification(const Action& action);

// Verification of an action: `successes` passing runs of the probe in a row.
struct Verify {
  std::string probe;  // "dovecot.login"
  int successes = 2;
  Nanos every = std::chrono::milliseconds(250);
  Nanos within = std::chrono::seconds(30);  // measured from the end of the action
  bool weak = false;                        // a weak probe (weak_reason()) is accepted
};

enum class OnFail {
  next,      // the next link is tried
  stop,      // the chain ends
  rollback,  // the chain ends, and the undo actions of its links run
};

[[nodiscard]] std::string_view to_string(OnFail on_fail);

struct Link {
  Action action;
  Nanos timeout = std::chrono::seconds(30);
  std::optional<Verify> verify;  // without it the outcome is never "verified"
  OnFail on_fail = OnFail::stop;
  // Undoes the action: on a rollback, and for a pre_step rule once the step is over,
  // whatever its result. There the undo of a stop is the start of each unit that was active. It may
  // run twice, and must be harmless then.
  std::optional<Action> undo{};
  Nanos fallback_timer =
      std::chrono::seconds(90);  // from the action on; then the fallback timer runs the undo
};

}  // namespace slewd::rules
