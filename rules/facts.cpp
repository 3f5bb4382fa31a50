// SPDX-License-Identifier: Apache-2.0
#include "rules/facts.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/text.hpp"

namespace slewd::rules {
namespace {

constexpr std::array<std::string_view, 8> kPhaseNames{"Unset",     "Hold",     "Sync",  "Spike",
                                                      "Disrupted", "Holdover", "Alarm", "Observe"};
constexpr std::array<std::string_view, 11> kCauseWords{
    "own_step",           "external_step", "suspend", "vm_pause",    "migration", "snapshot",
    "external_frequency", "external_slew", "leap",    "clocksource", "unknown"};
constexpr std::array<std::string_view, 2> kDirectionNames{"forward", "backward"};
constexpr std::array<std::string_view, 3> kProbeStateNames{"unknown", "ok", "failed"};
constexpr std::array<std::string_view, 8> kUnitWords{
    "unknown", "active", "reloading", "inactive", "failed", "activating", "deactivating", "absent"};

constexpr Type kTruth{Dimension::truth};
constexpr Type kSeconds{Dimension::seconds};
constexpr Type kRatio{Dimension::ratio};
constexpr Type kCount{Dimension::count};
constexpr Type kText{Dimension::text};
constexpr Type kPhase{Dimension::symbol, kPhaseNames};
constexpr Type kCause{Dimension::symbol, kCauseWords};
constexpr Type kDirection{Dimension::symbol, kDirectionNames};
constexpr Type kProbe{Dimension::symbol, kProbeStateNames};
constexpr Type kUnit{Dimension::symbol, kUnitWords};

constexpr std::array<FactInfo, kFactCount> kFactTable{{
    {Fact::offset, "offset", kSeconds,
     "estimated clock error; positive = the local clock is behind", Fact::update_age},
    {Fact::bound, "bound", kSeconds, "error bound of the clock, offset included", Fact::update_age},
    {Fact::jitter, "jitter", kSeconds, "standard deviation of the offset estimate",
     Fact::update_age},
    {Fact::frequency, "frequency", kRatio, "correction that the oscillator needs",
     Fact::update_age},
    {Fact::skew, "skew", kRatio, "standard deviation of the frequency", Fact::update_age},
    {Fact::root_delay, "delay", kSeconds, "round trip to the reference clock", Fact::update_age},
    {Fact::phase, "phase", kPhase, "phase of the clock discipline", Fact::phase_age},
    {Fact::phase_age, "phase.age", kSeconds, "time since the phase was entered", std::nullopt},
    {Fact::synchronized, "synchronized", kTruth, "the clock follows its sources", std::nullopt},
    {Fact::steering, "steering", kTruth, "slewd may move the clock now", std::nullopt},
    {Fact::steering_reason, "steering.reason", kText,
     "why slewd may not move the clock; empty when it may", std::nullopt},
    {Fact::sources, "sources", kCount, "sources configured", std::nullopt},
    {Fact::sources_reachable, "sources.reachable", kCount, "sources that answered recently",
     std::nullopt},
    {Fact::sources_selected, "sources.selected", kCount, "sources used for the estimate",
     std::nullopt},
    {Fact::poll_minimum, "poll.minimum", kSeconds, "shortest poll interval now allowed",
     std::nullopt},
    {Fact::poll_maximum, "poll.maximum", kSeconds, "longest poll interval now allowed",
     std::nullopt},
    {Fact::slew_remaining, "slew.remaining", kSeconds, "offset that the slew still has to remove",
     std::nullopt},
    {Fact::jump_size, "jump.size", kSeconds, "size of the newest jump; negative = backward",
     Fact::jump_age},
    {Fact::jump_age, "jump.age", kSeconds, "time since the newest jump", std::nullopt},
    {Fact::jump_cause, "jump.cause", kCause, "cause of the newest jump", Fact::jump_age},
    {Fact::jump_direction, "jump.direction", kDirection, "direction of the newest jump",
     Fact::jump_age},
    {Fact::update_age, "update.age", kSeconds, "time since the clock estimate was updated",
     std::nullopt},
    {Fact::falsetickers, "sources.falsetickers", kCount, "sources that the majority contradicts",
     std::nullopt},
    {Fact::step_pending, "step.pending", kSeconds,
     "size of the planned step that is announced; negative = backward; unknown without one",
     std::nullopt},
    {Fact::boot_age, "boot.age", kSeconds, "time since the machine was started", std::nullopt},
}};

constexpr bool facts_follow_the_enumeration() {
  for (std::size_t i = 0; i < kFactTable.size(); ++i)
    if (static_cast<std::size_t>(kFactTable[i].fact) != i) return false;
  return true;
}
static_assert(facts_follow_the_enumeration());

}  // namespace

std::span<const FactInfo> fact_table() { return kFactTable; }

const FactInfo& info(Fact fact) { return kFactTable[static_cast<std::size_t>(fact)]; }

const FactInfo* find_fact(std::string_view name) {
  const auto* const found = std::ranges::find(kFactTable, name, &FactInfo::name);
  return found == kFactTable.end() ? nullptr : found;
}

Type probe_type() { return kProbe; }
Type unit_type() { return kUnit; }

void Facts::put(Fact fact, Dimension dimension, Value value) {
  SLEWD_CHECK(info(fact).type.dimension == dimension);
  values_[static_cast<std::size_t>(fact)] = std::move(value);
}

void Facts::set(Fact fact, std::string_view value) {
  const Type& type = info(fact).type;
  if (type.dimension == Dimension::text) return put(fact, Dimension::text, Value::of(value));
  const bool known = std::ranges::any_of(
      type.symbols, [&](std::string_view symbol) { return same_ignoring_case(symbol, value); });
  put(fact, Dimension::symbol, known ? Value::of(value) : Value());
}

Value Facts::get(Fact fact, MonoTime now) const {
  const auto since = [&](const std::optional<MonoTime>& start) {
    return start ? Value::of(now - *start) : Value();
  };
  const bool jumped = !jumps.empty();
  switch (fact) {
    case Fact::phase_age:
      return since(phase_since);
    case Fact::update_age:
      return since(last_update);
    case Fact::jump_size:
      return jumped ? Value::of(jumps.back().size) : Value();
    case Fact::jump_age:
      return jumped ? Value::of(now - jumps.back().at) : Value();
    case Fact::jump_cause:
      return jumped ? Value::of(std::string_view(jumps.back().cause)) : Value();
    case Fact::jump_direction:
      return jumped ? Value::of(kDirectionNames[jumps.back().size < Nanos{0} ? 1 : 0]) : Value();
    default:
      return values_[static_cast<std::size_t>(fact)];
  }
}

ProbeState Facts::probe_state(std::string_view name) const {
  bool any = false;
  bool failed = false;
  bool all_ok = true;
  each_probe(name, [&](const std::string&, const ProbeFact& probe) {
    any = true;
    failed = failed || probe.state == ProbeState::failed;
    all_ok = all_ok && probe.state == ProbeState::ok;
  });
  if (failed) return ProbeState::failed;
  return any && all_ok ? ProbeState::ok : ProbeState::unknown;
}

std::optional<Nanos> Facts::failing(std::string_view name, MonoTime now) const {
  Nanos longest{};
  each_probe(name, [&](const std::string&, const ProbeFact& probe) {
    if (probe.state == ProbeState::failed) longest = std::max(longest, now - probe.since);
  });
  if (probe_state(name) == ProbeState::unknown) return std::nullopt;
  return longest;
}

std::optional<Nanos> Facts::probe_age(std::string_view name, MonoTime now) const {
  const auto found = probes.find(name);
  if (found == probes.end() || found->second.state == ProbeState::unknown) return std::nullopt;
  return now - found->second.since;
}

Nanos Facts::largest_step(int sign, Nanos window, MonoTime now) const {
  Nanos largest{};
  for (const JumpFact& jump : jumps) {
    if (!jump.seen_by_programs || now - jump.at > window) continue;
    largest = std::max(largest, sign < 0 ? -jump.size : jump.size);
  }
  return largest;
}

bool Facts::jumped(std::string_view cause, Nanos window, MonoTime now) const {
  return std::ranges::any_of(jumps, [&](const JumpFact& jump) {
    return now - jump.at <= window && same_ignoring_case(jump.cause, cause);
  });
}

std::string_view Facts::unit_state(std::string_view target) const {
  const auto found = units.find(target);
  if (found == units.end()) return kUnitWords.front();
  const auto* const known = std::ranges::find(kUnitWords, found->second.state);
  return known == kUnitWords.end() ? kUnitWords.front() : *known;
}

std::optional<Nanos> Facts::unit_age(std::string_view target, MonoTime now) const {
  if (unit_state(target) == kUnitWords.front()) return std::nullopt;
  return now - units.find(target)->second.since;
}

std::optional<std::uint64_t> Facts::logged(std::string_view trigger, Nanos window,
                                           MonoTime now) const {
  const auto found = logs.find(trigger);
  if (found == logs.end()) return std::nullopt;
  return static_cast<std::uint64_t>(std::ranges::count_if(
      found->second, [&](const LogFact& line) { return now - line.at <= window; }));
}

std::optional<double> Facts::captured(std::string_view trigger, Nanos window, MonoTime now) const {
  const auto found = logs.find(trigger);
  if (found == logs.end()) return std::nullopt;
  std::optional<double> largest;
  for (const LogFact& line : found->second)
    if (line.captured && now - line.at <= window)
      largest = std::max(largest.value_or(*line.captured), *line.captured);
  return largest;
}

}  // namespace slewd::rules
