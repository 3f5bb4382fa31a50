// SPDX-License-Identifier: Apache-2.0
// The content of rule files as values: what is watched (targets and their probes) and what is done
// about it (rules). Checked when read; immutable once passed to the engine.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/timeline.hpp"
#include "rules/intent.hpp"
#include "rules/lang/expression.hpp"
#include "rules/status.hpp"

namespace slewd::rules {

using namespace std::chrono_literals;

enum class ProbeType {
  tcp,         // the port accepts a connection
  banner,      // it greets with `expect`
  imap_login,  // it greets with `expect` and accepts the login of `user`
  http,        // GET `url` answers `status`, and a body that holds `expect`
  exec,        // `argv` ends with 0, and `column` has the value asked for
  unit,        // the target's unit is active
  metric,      // `condition` over the clock's facts holds
};
inline constexpr std::array kProbeTypes{ProbeType::tcp,   ProbeType::banner, ProbeType::imap_login,
                                        ProbeType::http,  ProbeType::exec,   ProbeType::unit,
                                        ProbeType::metric};
[[nodiscard]] std::string_view to_string(ProbeType type);

enum class ProbeTls { none, starttls, implicit };
[[nodiscard]] std::string_view to_string(ProbeTls tls);

// Of a table that a program prints, tab-separated, first line the names: every row must have this
// value, and there must be one.
struct ColumnMatch {
  std::string name;
  std::string equals;
};

struct ProbeSpec {
  std::string name;  // "dovecot.login": target and probe
  ProbeType type = ProbeType::tcp;
  std::string host = "127.0.0.1";  // numeric, IPv4 or IPv6: a probe never waits for a resolver
  std::uint16_t port = 0;
  Nanos timeout = 3s;
  Nanos every = 1s;           // from the start of one run to the start of the next
  Nanos rest{};               // the same while nothing has happened (rest_interval); 0 = `every`
  std::string expect;         // what the greeting starts with, what the body of HTTP holds
  std::string user;           // of imap_login
  std::string password_file;  // absolute path, first line; a missing file leaves the probe unknown
  ProbeTls tls = ProbeTls::none;      // of imap_login; the certificate is not verified
  std::string url;                    // of http; its host is numeric
  int status = 200;                   // of http
  std::vector<std::string> argv;      // of exec
  std::optional<ColumnMatch> column;  // of exec
  std::string unit;                   // of unit: its target's
  Expression condition;               // of metric: over facts of the clock alone
};

// Why success of this probe is weak evidence that the service works; empty = it is strong. A
// greeting does not show that logins work (docs/rules.md).
[[nodiscard]] std::string_view weak_reason(ProbeType type);

// A line of a log that means something.
struct LogTrigger {
  std::string name;                   // "dovecot.stall": target and trigger
  std::string unit;                   // in the journal; empty: `path` is followed
  std::string path;                   // a plain file
  std::string expression;             // RE2's syntax, at most one capture
  std::optional<Dimension> captures;  // seconds or count: what the captured number is
};

struct Target {
  std::string name;
  std::string unit;  // systemd unit, "dovecot.service"; may be empty
  std::vector<std::pair<Verb, std::vector<std::string>>> commands;  // argv by verb, each verb once
  std::vector<ProbeSpec> probes;
  std::vector<LogTrigger> logs;
  std::string file;  // where it was defined

  // The target's own command for the verb, or null: then its unit is used.
  [[nodiscard]] const std::vector<std::string>* command(Verb verb) const;
};

// This many failed actions in a row open the breaker: the rule rests for `half_open`, then one
// trial decides.
struct BreakerLimits {
  int failures = 2;
  Nanos half_open = 30min;
};

struct RuleLimits {
  Nanos cooldown = 5min;  // from the end of one action to the next decision
  int per_hour = 3;       // decisions within any hour of monotonic time
  BreakerLimits breaker;
};

// Requirements on the clock's data for the rule to act. Unset = none.
struct Trust {
  std::optional<Nanos> max_bound;  // of the error bound
  std::optional<Nanos> max_age;    // of the estimate
  std::optional<int> min_sources;  // that make it up
};

enum class RulePhase {
  normal,
  pre_step,  // judged when a planned step is announced: its links run before the step
};
[[nodiscard]] std::string_view to_string(RulePhase phase);

enum class StepExpiry { slew, step };
[[nodiscard]] std::string_view to_string(StepExpiry expiry);

// How long all links before a step may take, and what happens after that.
struct StepDeadline {
  Nanos hooks = 30s;
  StepExpiry on_expiry = StepExpiry::slew;
};

struct Rule {
  std::string name;
  std::string note;     // for people
  std::string runbook;  // a path or URL, for people
  RuleMode mode = RuleMode::shadow;
  RulePhase phase = RulePhase::normal;
  Expression when;
  Nanos hold{};  // "for": how long `when` must have been true without a break
  // Ends the episode once it has been true for `clear_for`. Without it: when `when` is not true.
  std::optional<Expression> clear;
  Nanos clear_for{};
  Trust trust;
  std::vector<std::string> windows;  // by name; empty = at any time
  std::vector<Expression> blockers;  // each must be false; what is unknown blocks
  std::string fleet;                 // the lock; empty = none
  std::vector<Link> links;
  std::vector<Link> on_clear;    // when an episode ends in which it acted
  std::vector<Link> after_step;  // of pre_step: after the step, or after it was given up
  StepDeadline deadline;         // of pre_step
  RuleLimits limits;
  std::string file;       // where it was defined
  bool shipped = false;   // of the catalogue, not of the operator's
  std::string text_hash;  // 16 hexadecimal digits over its text
  // Over its text, that of its windows and that of the global limits: identifies a version of
  // all inputs of its decisions except facts.
  std::string hash;

  // The widest scope of its links.
  [[nodiscard]] Reach reach() const;
  // 16 hexadecimal digits over what `on_clear` does; empty when that is nothing.
  [[nodiscard]] std::string undo_hash() const;
};

// When maintenance is allowed, in corrected time.
struct MaintenanceWindow {
  std::string name;
  Nanos zone{};                                                        // east of UTC
  std::array<bool, 7> days{true, true, true, true, true, true, true};  // Sunday first
  Nanos from{};  // of the day; to <= from wraps past midnight and belongs to its first day
  Nanos to{};
  Nanos max_bound = 1s;  // the largest allowed error of the corrected time
  std::string file;
  std::string text_hash;
};

// At most `slots` nodes act at once, and at most so many in any `interval`.
struct FleetLock {
  std::string name;
  int slots = 1;
  Nanos ttl = 1min;        // after which the slot of a failed holder may be taken
  Nanos interval = 10min;  // for which a slot is kept after the action
  Nanos jitter = 15s;      // of the first attempt
  double min_healthy = 0;  // share of the nodes that must be healthy; 0 = not checked
  std::string file;
};

// Limits for all rules together.
struct GlobalLimits {
  bool kill_switch = false;           // no rule acts
  RuleMode mode = RuleMode::act;      // no rule does more than this
  int actions_per_hour = 20;          // on services and on the node, of all rules
  Nanos boot_grace = 2min;            // no such action earlier unless synchronized
  std::vector<std::string> protect;   // units beside those that are always protected
  std::optional<double> storm_share;  // of nodes whose offsets agree; unset = not checked
  std::string file;
  std::string text_hash;
};

// A rule's mode, set outside the rule: this is how a shipped rule is switched on.
struct ModeChoice {
  std::string rule;
  RuleMode mode = RuleMode::shadow;
  std::string file;
};

struct RuleFile {
  std::string name;  // "dovecot.json", for messages
  std::vector<Target> targets;
  std::vector<Rule> rules;
  std::vector<MaintenanceWindow> windows;
  std::vector<FleetLock> fleet;
  std::optional<GlobalLimits> global;  // of one file at most; unset = the defaults
  std::vector<ModeChoice> modes;       // each rule once

  [[nodiscard]] const GlobalLimits& limits() const;
  // Null when there is none.
  [[nodiscard]] const Target* find_target(std::string_view target) const;
  [[nodiscard]] const Rule* find_rule(std::string_view rule) const;
  [[nodiscard]] const ProbeSpec* find_probe(std::string_view probe) const;   // "dovecot.login"
  [[nodiscard]] const LogTrigger* find_log(std::string_view trigger) const;  // "dovecot.stall"
  [[nodiscard]] const MaintenanceWindow* find_window(std::string_view window) const;
  [[nodiscard]] const FleetLock* find_lock(std::string_view lock) const;
};

// The targets that its conditions, its actions and their proofs name, each once.
[[nodiscard]] std::vector<std::string> targets_named_by(const Rule& rule);

// The probes that a rule's conditions and verifications read, each once, in the file's order.
[[nodiscard]] std::vector<std::string> probes_of(const Rule& rule, const RuleFile& file);

// The probes of the target of an action: results from before the action do not count after it.
[[nodiscard]] std::vector<std::string> probes_touched_by(const Action& action,
                                                         const std::vector<Target>& targets);

// The probes that must run: those of every rule that is not off.
[[nodiscard]] std::vector<std::string> probes_in_use(const RuleFile& file);

// How often a probe runs while no jump is recent: one that broken_by_jump() or broken_by_log()
// names may run less often: well within the time that the rule looks back.
[[nodiscard]] Nanos rest_interval(const ProbeSpec& probe, const RuleFile& file);
// The longest time that such a rule looks back, for which probes run as often as they can.
[[nodiscard]] Nanos longest_blame(const RuleFile& file);

// The units to be watched: of every rule that is not off, and of the services of shipped rules, to
// know which are installed. The log triggers to be followed: of every rule that is not off.
[[nodiscard]] std::vector<std::string> units_in_use(const RuleFile& file);  // targets, by name
// Whether a rule in mode act can act on systemd units.
[[nodiscard]] bool acts_on_units(const RuleFile& file);
// Whether decisions depend on the state of other nodes: storms, or a lock's `min_healthy`.
[[nodiscard]] bool asks_for_other_nodes(const RuleFile& file);
[[nodiscard]] std::vector<std::string> logs_in_use(const RuleFile& file);

}  // namespace slewd::rules
