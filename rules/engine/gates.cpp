// SPDX-License-Identifier: Apache-2.0
#include "rules/engine/gates.hpp"

#include <algorithm>
#include <array>

#include "base/duration.hpp"
#include "base/text.hpp"
#include "rules/engine/maintenance.hpp"

namespace slewd::rules {
namespace {

using Reason = std::optional<std::string>;

std::string in_whole_seconds(Nanos left) {
  return format(std::chrono::ceil<std::chrono::seconds>(left));
}

std::string seconds_text(double seconds) {
  return describe(Value::of(seconds), Dimension::seconds);
}

bool disturbs(const GateInput& input) { return input.rule.reach() != Reach::self; }

Reason too_large(const std::string& what, const std::optional<double>& value, Nanos most) {
  if (!value) return what + " is unknown";
  if (*value <= to_seconds(most)) return std::nullopt;
  return what + " is " + seconds_text(*value) + ", more than " + format(most);
}

Reason quality_closed(const GateInput& input) {
  const Trust& trust = input.rule.trust;
  const GateFacts& facts = input.facts;
  if (trust.max_bound)
    if (Reason reason = too_large("error bound", facts.bound, *trust.max_bound)) return reason;
  if (trust.max_age)
    if (Reason reason = too_large("age of the estimate", facts.update_age, *trust.max_age))
      return reason;
  if (trust.min_sources && facts.sources.value_or(0) < *trust.min_sources)
    return "fewer than " + std::to_string(*trust.min_sources) +
           " sources are used for the estimate";
  return std::nullopt;
}

Reason paused_closed(const GateInput& input) {
  if (input.context.paused.empty()) return std::nullopt;
  return "paused: " + input.context.paused;
}

Reason boot_closed(const GateInput& input) {
  // A planned step is requested by an operator, who knows that the machine has just started; its
  // guards must be able to act.
  if (!disturbs(input) || input.rule.phase == RulePhase::pre_step) return std::nullopt;
  if (!input.context.held.empty()) return input.context.held;
  const Nanos grace = input.file.limits().boot_grace;
  const auto age = input.facts.boot_age;
  if (input.facts.synchronized.value_or(false) || !age || *age >= to_seconds(grace))
    return std::nullopt;
  return "the machine started " + seconds_text(*age) +
         " ago and the clock is not yet synchronized; waits until " + format(grace);
}

Reason cooldown_closed(const GateInput& input) {
  const auto& until = input.memory.cool_until;
  if (!until || input.now >= *until) return std::nullopt;
  return "cool-down for another " + in_whole_seconds(*until - input.now);
}

Reason budget_closed(const GateInput& input) {
  const auto recent = std::ranges::count_if(
      input.memory.decisions, [&](MonoTime decided) { return input.now - decided < 1h; });
  if (recent >= input.rule.limits.per_hour)
    return "hourly budget used: " + std::to_string(recent) + " of " +
           std::to_string(input.rule.limits.per_hour) + " decisions";
  const int host = input.file.limits().actions_per_hour;
  if (input.dry_run || !disturbs(input) || input.context.host_actions < host) return std::nullopt;
  return "hourly budget of all rules used: " + std::to_string(input.context.host_actions) + " of " +
         std::to_string(host) + " actions";
}

Reason breaker_closed(const GateInput& input) {
  const Breaker& breaker = input.memory.breaker;
  const BreakerLimits& limits = input.rule.limits.breaker;
  if (breaker.state(input.now, limits) != BreakerState::open) return std::nullopt;
  return "the breaker is open after " + std::to_string(breaker.consecutive_failures) +
         " failures in a row; one trial in " +
         in_whole_seconds(*breaker.opened + limits.half_open - input.now);
}

Reason window_closed(const GateInput& input) {
  if (input.rule.windows.empty()) return std::nullopt;
  const auto& time = input.facts.true_time;
  if (!time) return "maintenance windows cannot be checked: no source provides the time";
  std::string outside;
  for (const std::string& name : input.rule.windows) {
    const MaintenanceWindow* window = input.file.find_window(name);
    if (window == nullptr)
      append_item(outside, "there is no window " + name, "; ");
    else if (time->bound > window->max_bound)
      append_item(outside,
                  name + " needs a time error of at most " + format(window->max_bound) +
                      ", it is up to " + format_rounded(time->bound),
                  "; ");
    else if (contains(*window, time->now))
      return std::nullopt;
    else
      append_item(outside, "outside " + describe(*window), "; ");
  }
  return outside;
}

Reason blockers_closed(const GateInput& input) {
  for (std::size_t i = 0; i < input.blockers.size(); ++i) {
    if (input.blockers[i].is_false()) continue;
    return "blocked: '" + input.rule.blockers[i].text() + "' is " +
           describe(input.blockers[i], Dimension::truth);
  }
  return std::nullopt;
}

Reason busy_closed(const GateInput& input) {
  if (input.context.busy_with.empty()) return std::nullopt;
  return input.context.busy_with;
}

Reason storm_closed(const GateInput& input) {
  if (!disturbs(input) || !input.facts.storm) return std::nullopt;
  return "storm: " + *input.facts.storm;
}

// The last gate before the action: if an earlier gate closes, the slot is released at once. A dry
// run takes no slot from rules that act.
Reason fleet_closed(const GateInput& input) {
  if (input.rule.fleet.empty() || input.dry_run) return std::nullopt;
  const auto& slot = input.facts.slot;
  if (slot && slot->held) return std::nullopt;
  return "no slot of '" + input.rule.fleet +
         "': " + (slot && !slot->reason.empty() ? slot->reason : "asked for");
}

struct GateCheck {
  Gate gate;
  Reason (*closed)(const GateInput&);  // why it is closed; none = open
};

// In the order of Gate; dry_run has no check of its own. Each row ends with what it checks.
constexpr std::array kChecks{
    GateCheck{Gate::quality, quality_closed},    // the clock's data, as the rule requires
    GateCheck{Gate::paused, paused_closed},      // an operator's pause, the kill switch
    GateCheck{Gate::boot, boot_closed},          // time since the boot, a hold of the rules
    GateCheck{Gate::cooldown, cooldown_closed},  // time since the rule's last action
    GateCheck{Gate::budget, budget_closed},      // decisions and actions in the last hour
    GateCheck{Gate::breaker, breaker_closed},    // failures in a row
    GateCheck{Gate::window, window_closed},      // maintenance windows
    GateCheck{Gate::blockers, blockers_closed},  // the rule's own blocking conditions
    GateCheck{Gate::busy, busy_closed},          // another action on the target
    GateCheck{Gate::storm, storm_closed},        // many nodes with the same offset
    GateCheck{Gate::fleet, fleet_closed}         // a slot of the fleet lock
};
static_assert(kChecks.size() + 1 == kGates.size());

}  // namespace

GateFacts gate_facts(const Facts& facts, const Rule& rule, MonoTime now) {
  const auto number = [&](Fact fact) {
    const Value value = facts.get(fact, now);
    return value.number() == nullptr ? std::nullopt : std::optional(*value.number());
  };
  GateFacts found;
  found.bound = number(Fact::bound);
  found.update_age = number(Fact::update_age);
  found.boot_age = number(Fact::boot_age);
  found.sources = number(Fact::sources_selected);
  const Value synchronized = facts.get(Fact::synchronized, now);
  if (synchronized.truth() != nullptr) found.synchronized = *synchronized.truth();
  if (!rule.windows.empty()) found.true_time = facts.true_time;
  found.storm = facts.storm;
  if (const auto slot = facts.fleet.find(rule.fleet); slot != facts.fleet.end())
    found.slot = slot->second;
  return found;
}

std::vector<GateView> gate_views(const GateInput& input) {
  std::vector<GateView> views;
  for (const GateCheck& check : kChecks)
    views.push_back({check.gate, check.closed(input).value_or("")});
  views.push_back({Gate::dry_run, input.dry_run ? "shadow mode: not executed" : ""});
  return views;
}

std::optional<ClosedGate> first_closed_gate(std::span<const GateView> views, bool clearing) {
  const auto stops = [&](const GateView& view) {
    const bool asked = clearing ? view.gate == Gate::paused || view.gate == Gate::busy
                                : view.gate != Gate::dry_run;
    return asked && !view.closed.empty();
  };
  const auto found = std::ranges::find_if(views, stops);
  if (found == views.end()) return std::nullopt;
  return ClosedGate{found->gate, found->closed};
}

}  // namespace slewd::rules
