// SPDX-License-Identifier: Apache-2.0
// What a rule can do: each kind of action as a value. Pure data; who carries them out is in
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
// The core keeps its frequency and takes no offset from its sources for so long.
struct HoldoverAction {
  Nanos duration{};
};
// Takes no time for so long from one source (its address as configured or shown), or from all that
// the selection calls falsetickers: "falsetickers".
struct BanAction {
  std::string source;
  Nanos duration{};
};
// A planned step to what the sources call true time, with every pre_step rule's hooks around it.
struct StepAction {};
// Of a pre_step rule: the announced step does not take place, the error is slewed away.
struct VetoAction {};
// Until the clock is synchronized, `at_most` so long, no rule acts on services or on the node.
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
  // Secrets in files of their own, by absolute path: the first line is the value. Read at each use.
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

// How far an action reaches, in rising order. Only `service` and `node` disturb others: they wait
// for boot grace, storms and fleet slots.
enum class Reach { self, service, node };
[[nodiscard]] Reach reach_of(const Action& action);

// It tells somebody; that says nothing of whether anything has become better.
[[nodiscard]] bool tells(const Action& action);

// Proof that an action worked: `successes` passing runs of the probe in a row.
struct Verify {
  std::string probe;  // "dovecot.login"
  int successes = 2;
  Nanos every = std::chrono::milliseconds(250);
  Nanos within = std::chrono::seconds(30);  // measured from the end of the action
  bool weak = false;  // a probe that proves little (weak_reason()) is accepted
};

enum class OnFail {
  next,      // the next link is tried
  stop,      // the chain ends
  rollback,  // the chain ends, and what its links owe is paid back
};

[[nodiscard]] std::string_view to_string(OnFail on_fail);

struct Link {
  Action action;
  Nanos timeout = std::chrono::seconds(30);
  std::optional<Verify> verify;  // without it the outcome is never "verified"
  OnFail on_fail = OnFail::stop;
  // What takes the action back: upon a rollback, and of a pre_step rule once the step is over,
  // whatever becomes of it. There a stop owes the start of what was active by itself. It may run
  // twice: it must be harmless then.
  std::optional<Action> undo{};
  Nanos deadman = std::chrono::seconds(90);  // from the action on; then others pay what is owed
};

}  // namespace slewd::rules
