// SPDX-License-Identifier: Apache-2.0
// The agent's counterpart of core::Snapshot: every rule, probe and recent action as one immutable
// value, published by the agent thread for exporter, page and CLI.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/board.hpp"
#include "rules/intent.hpp"
#include "rules/step_view.hpp"

namespace slewd::rules {

enum class RuleMode { off, shadow, act };
[[nodiscard]] std::string_view to_string(RuleMode mode);

enum class RuleState { inactive, pending, firing, cooling, suppressed, disabled };
inline constexpr std::array kRuleStates{RuleState::inactive,   RuleState::pending,
                                        RuleState::firing,     RuleState::cooling,
                                        RuleState::suppressed, RuleState::disabled};
[[nodiscard]] std::string_view to_string(RuleState state);

// Why a true condition did not act, in the order in which the gates are checked. A closed set: it
// is a label of a metric.
enum class Gate {
  quality,   // the clock's data is too bad for this rule to decide upon
  paused,    // an operator, or the kill switch
  boot,      // too soon after the boot, or rules are held until the clock is synchronized
  cooldown,  // its last action is too recent
  budget,    // its own or the host's hourly budget is used
  breaker,   // it has failed too often
  window,    // outside its maintenance windows
  blockers,  // one of its `unless` conditions is true or unknown
  busy,      // another action is running on its target
  storm,     // too many nodes have the same offset: the sources are wrong
  fleet,     // no slot of its fleet lock
  dry_run,   // all open, but the rule is in shadow mode
};
inline constexpr std::array kGates{Gate::quality, Gate::paused,  Gate::boot,   Gate::cooldown,
                                   Gate::budget,  Gate::breaker, Gate::window, Gate::blockers,
                                   Gate::busy,    Gate::storm,   Gate::fleet,  Gate::dry_run};
[[nodiscard]] std::string_view to_string(Gate gate);

// The present state of one gate of one rule.
struct GateView {
  Gate gate = Gate::quality;
  std::string closed;  // why; empty = open
};

// After too many failures in a row a rule rests; then one trial decides.
enum class BreakerState { closed, open, half_open };
[[nodiscard]] std::string_view to_string(BreakerState state);

struct ActionCounters {
  std::string action;  // describe() of the link's action
  std::uint64_t attempts = 0;
  std::uint64_t failures = 0;
  std::uint64_t verified = 0;
  std::optional<MonoTime> last_success;
  std::optional<WallTime> last_success_wall;
  bool in_progress = false;
};

struct RuleView {
  std::string name;
  RuleMode mode = RuleMode::shadow;
  std::string when;  // the condition as written
  RuleState state = RuleState::inactive;
  MonoTime since;
  std::string explanation;  // why it is in this state, with the values of its facts
  std::uint64_t evaluations = 0;
  std::uint64_t unknown_evaluations = 0;  // a fact was absent
  std::array<std::uint64_t, kGates.size()> suppressed{};
  std::vector<GateView> gates;  // all, in order; empty for a rule that is off
  BreakerState breaker = BreakerState::closed;
  int consecutive_failures = 0;
  std::string absent;                   // why it does not apply to this machine; empty = it does
  std::vector<ActionCounters> actions;  // as counted by the actuators
};

enum class ProbeState { unknown, ok, failed };
inline constexpr std::array kProbeStates{ProbeState::unknown, ProbeState::ok, ProbeState::failed};
[[nodiscard]] std::string_view to_string(ProbeState state);

struct ProbeView {
  std::string name;  // "dovecot.login"
  std::string kind;  // "tcp", "banner", "imap_login"
  ProbeState state = ProbeState::unknown;
  MonoTime since;          // of the present state; of `failed`: when the run that failed began
  MonoTime first_found{};  // when runs ended that found it: the first and the last of them
  MonoTime last_found{};
  std::optional<MonoTime> found_again{};  // when the second run in a row did
  std::string detail;                     // the last run's result
  Nanos last_duration{};
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
};

// The state of the jump ledger on disk, which the agent writes.
struct JumpLedgerView {
  std::uint64_t write_failures = 0;  // attempts; the event is tried again
  std::uint64_t lost_events = 0;     // dropped: the queue was full
  std::uint64_t damaged_lines = 0;   // found when it was read
};

// A lock of the fleet as this node sees it.
struct LockView {
  std::string lock;
  std::string state;         // "held": as in remedy::SlotState
  std::string reason;        // text; may be empty
  bool held = false;         // this node has one of its slots, in use or cooling
  bool unreachable = false;  // its server refuses or does not answer: no node acts
  // Slots without a Lease, by its name; unset where there are no Leases.
  std::optional<std::vector<std::string>> missing = {};
};

// How the Kubernetes API answers about one kind of object, by remedy::KubeResult.
struct KubeView {
  std::string object;
  std::vector<std::pair<std::string, std::uint64_t>> requests;  // by result
  bool failing = false;  // the newest was refused or not answered
};

struct FleetView {
  std::vector<LockView> locks;
  std::vector<KubeView> kubernetes;  // empty where it is not asked
  bool watches_storms = false;
  std::string
      storm;  // why many machines' clocks have, or may have, the same offset; empty: they do not
};

struct Status {
  std::uint64_t generation = 0;
  MonoTime at;
  bool paused = false;
  std::string paused_reason;
  std::optional<Nanos> paused_left;  // unset: until resume
  std::vector<RuleView> rules;
  std::vector<ProbeView> probes;
  std::vector<Outcome> recent;                // newest last, at most limits::kActionRing
  std::uint64_t decisions_lost = 0;           // that could not be recorded
  bool action_ledger_failing = false;         // it cannot be read or written: no rule acts
  std::optional<JumpLedgerView> jump_ledger;  // absent: jumps are kept in memory only
  std::optional<StepView> step;               // absent: planned steps are not available
  FleetView fleet;
  std::vector<std::string> refused_files;  // rule files that are not loaded as they are, and why
};

using StatusBoard = Board<Status>;

}  // namespace slewd::rules
