// SPDX-License-Identifier: Apache-2.0
// What conditions can read: the fact table, from which the reference in docs/rules.md is generated,
// and the facts of one moment, filled by the agent thread before each evaluation.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/lang/value.hpp"
#include "rules/status.hpp"

namespace slewd::rules {

enum class Fact : std::uint8_t {
  offset,
  bound,
  jitter,
  frequency,
  skew,
  root_delay,
  phase,
  phase_age,
  synchronized,
  steering,
  steering_reason,
  sources,
  sources_reachable,
  sources_selected,
  poll_minimum,
  poll_maximum,
  slew_remaining,
  jump_size,
  jump_age,
  jump_cause,
  jump_direction,
  update_age,
  falsetickers,
  step_pending,
  boot_age,
};
inline constexpr std::size_t kFactCount = 25;

// One row of the table.
struct FactInfo {
  Fact fact;
  std::string_view name;  // as expressions write it: "jump.size"
  Type type;
  std::string_view help;
  std::optional<Fact> age;  // the fact that holds this one's age
};

// All rows, in the order of the enumeration.
[[nodiscard]] std::span<const FactInfo> fact_table();
[[nodiscard]] const FactInfo& info(Fact fact);
[[nodiscard]] const FactInfo* find_fact(std::string_view name);
// The states of a probe: unknown, ok, failed.
[[nodiscard]] Type probe_type();
// systemd's ActiveState of a unit: unknown, active, reloading, inactive, failed, activating,
// deactivating; or absent: it is not installed, or systemd does not run this machine.
[[nodiscard]] Type unit_type();

// A discontinuity of the wall clock. Frequency changes and slews are not steps and not in here.
struct JumpFact {
  Nanos size{};  // negative = backward
  MonoTime at;
  std::string cause;             // "external_step"
  bool seen_by_programs = true;  // false: all programs were paused with the machine
  Nanos latency{};               // it happened at most this long before `at`
};

struct ProbeFact {
  ProbeState state = ProbeState::unknown;
  MonoTime since;  // of the present state
  // When runs ended that found this state: the first, the second in a row, and the last.
  MonoTime first_found{};
  MonoTime last_found{};
  std::optional<MonoTime> found_again{};
};

struct UnitFact {
  std::string state;                  // a value of unit_type(); anything else is unknown
  MonoTime since;                     // of the present state
  std::optional<MonoTime> started{};  // its last start; none = unknown
};

// A line of a log that one of the rule file's expressions has matched.
struct LogFact {
  MonoTime at;                     // when it was written
  std::optional<double> captured;  // the number of its capture: seconds, or as the trigger says
};

// True time by the clock estimate: it does not move when the wall clock
// is stepped. For maintenance windows only.
struct TrueTime {
  WallTime now;
  Nanos bound{};  // its largest error
};

// The state of a fleet lock.
struct SlotFact {
  bool held = false;
  std::string reason;  // why not
};

// Facts of one moment. A fact that is not set is unknown. They hold no reading of the wall clock:
// the clock under repair must not time a decision.
class Facts {
 public:
  // A value of another dimension than the fact's is an error of the caller and ends the process.
  void set(Fact fact, Nanos value) { put(fact, Dimension::seconds, Value::of(value)); }
  void set(Fact fact, Ppm value) { put(fact, Dimension::ratio, Value::of(value)); }
  void set(Fact fact, bool value) { put(fact, Dimension::truth, Value::of(value)); }
  void set(Fact fact, std::uint64_t value) {
    put(fact, Dimension::count, Value::of(static_cast<double>(value)));
  }
  // Symbols and texts. A symbol that the table does not list stays unknown.
  void set(Fact fact, std::string_view value);
  void set(Fact fact, const char* value) { set(fact, std::string_view(value)); }
  template <class T>
  void set(Fact fact, const std::optional<T>& value) {
    if (value) set(fact, *value);
  }

  // Ages and the facts of the newest jump follow from the members below.
  [[nodiscard]] Value get(Fact fact, MonoTime now) const;
  // Visits the probe of that name, or every probe of the target of that name.
  template <class Visit>
  void each_probe(std::string_view name, Visit visit) const {
    if (const auto found = probes.find(name); found != probes.end())
      return visit(found->first, found->second);
    const std::string prefix = std::string(name) + ".";
    for (auto at = probes.lower_bound(prefix); at != probes.end() && at->first.starts_with(prefix);
         ++at)
      visit(at->first, at->second);
  }
  // State of a probe ("dovecot.login") or, for a target, of all its probes: failed when one
  // failed, ok when all are ok, else unknown.
  [[nodiscard]] ProbeState probe_state(std::string_view name) const;
  // How long the probe (of a target: any of its probes) has been failing; 0 when ok.
  [[nodiscard]] std::optional<Nanos> failing(std::string_view name, MonoTime now) const;
  // How long the probe has been in its state. Not known for a probe that never ran.
  [[nodiscard]] std::optional<Nanos> probe_age(std::string_view name, MonoTime now) const;
  // The largest step in the direction of `sign` (-1 or +1) that is at most `window` old, as a
  // magnitude; 0 when there is none.
  [[nodiscard]] Nanos largest_step(int sign, Nanos window, MonoTime now) const;
  // One of that cause, a value of jump.cause, is at most `window` old.
  [[nodiscard]] bool jumped(std::string_view cause, Nanos window, MonoTime now) const;

  [[nodiscard]] std::string_view unit_state(std::string_view target) const;
  [[nodiscard]] std::optional<Nanos> unit_age(std::string_view target, MonoTime now) const;
  // Matches of the trigger ("dovecot.stall") that are at most `window` old. None when its log
  // cannot be read.
  [[nodiscard]] std::optional<std::uint64_t> logged(std::string_view trigger, Nanos window,
                                                    MonoTime now) const;
  // The largest number that they captured; none without one.
  [[nodiscard]] std::optional<double> captured(std::string_view trigger, Nanos window,
                                               MonoTime now) const;

  std::vector<JumpFact> jumps;                           // newest last
  std::map<std::string, ProbeFact, std::less<>> probes;  // every declared probe, by "target.probe"
  std::map<std::string, UnitFact, std::less<>> units;    // by target; missing = unknown
  std::map<std::string, std::vector<LogFact>, std::less<>> logs;  // readable triggers, newest last
  std::optional<TrueTime> true_time;
  std::map<std::string, SlotFact, std::less<>> fleet;  // by lock
  std::optional<std::string> storm;                    // why it is one
  // By rule: what acts on something that its links would touch.
  std::map<std::string, std::string, std::less<>> busy;
  // By rule: why it does not apply to this machine.
  std::map<std::string, std::string, std::less<>> absent;
  std::optional<MonoTime> phase_since;
  std::optional<MonoTime> last_update;  // of the clock estimate

 private:
  void put(Fact fact, Dimension dimension, Value value);
  std::array<Value, kFactCount> values_;
};

}  // namespace slewd::rules
