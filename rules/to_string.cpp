// SPDX-License-Identifier: Apache-2.0
// The closed lists of names in the library: metric labels, JSON and tables all use these.
#include <array>

#include "base/duration.hpp"
#include "base/url.hpp"
#include "rules/intent.hpp"
#include "rules/rule.hpp"
#include "rules/status.hpp"

namespace slewd::rules {
namespace {

template <class E, std::size_t N>
std::string_view word(E value, const std::array<std::string_view, N>& words) {
  return words[static_cast<std::size_t>(value)];
}

struct Describe {
  std::string operator()(const ServiceAction& action) const {
    return std::string(to_string(action.verb)) + " " + action.target;
  }
  std::string operator()(const RunAction& action) const {
    std::string text = "run";
    for (const std::string& argument : action.argv) text += " " + argument;
    return text;
  }
  std::string operator()(const PollAction& action) const {
    return "poll " + format(action.minimum) + ".." + format(action.maximum);
  }
  std::string operator()(const BurstAction&) const { return "burst"; }
  std::string operator()(const HoldoverAction& action) const {
    return "holdover " + format(action.duration);
  }
  std::string operator()(const BanAction& action) const {
    return "ban " + action.source + " for " + format(action.duration);
  }
  std::string operator()(const StepAction&) const { return "step"; }
  std::string operator()(const VetoAction&) const { return "veto"; }
  std::string operator()(const HoldRulesAction& action) const {
    return "hold rules " + format(action.at_most);
  }
  std::string operator()(const NotifyAction& action) const { return "notify " + action.text; }
  // The path and the query of a webhook are often a secret: they are never shown.
  std::string operator()(const WebhookAction& action) const {
    if (!action.url_file.empty()) return "webhook of " + action.url_file;
    const auto url = parse_url(action.url);
    return "webhook " + (url ? url->origin() : "without an address");
  }
  std::string operator()(const NodeConditionAction& action) const {
    return std::string("node condition ClockUnsafe=") + (action.status ? "True" : "False");
  }
  std::string operator()(const NodeEventAction& action) const {
    return "node event " + action.reason;
  }
  std::string operator()(const NodeTaintAction& action) const {
    return (action.present ? "taint " : "untaint ") + action.key + ":" + action.effect;
  }
};

}  // namespace

std::string_view to_string(Verb verb) {
  return word(verb, std::array<std::string_view, 4>{"start", "stop", "restart", "reload"});
}

std::string_view to_string(Ending ending) {
  return word(ending, std::array<std::string_view, 7>{"verified", "done", "failed", "timed_out",
                                                      "refused", "would_do", "unknown"});
}

std::string_view to_string(RuleMode mode) {
  return word(mode, std::array<std::string_view, 3>{"off", "shadow", "act"});
}

std::string_view to_string(RuleState state) {
  return word(state, std::array<std::string_view, 6>{"inactive", "pending", "firing", "cooling",
                                                     "suppressed", "disabled"});
}

std::string_view to_string(Gate gate) {
  return word(gate, std::array<std::string_view, kGates.size()>{
                        "quality", "paused", "boot", "cooldown", "budget", "breaker", "window",
                        "blockers", "busy", "storm", "fleet", "dry_run"});
}

std::string_view to_string(OnFail on_fail) {
  return word(on_fail, std::array<std::string_view, 3>{"next", "stop", "rollback"});
}

std::string_view to_string(BreakerState state) {
  return word(state, std::array<std::string_view, 3>{"closed", "open", "half_open"});
}

std::string_view to_string(RulePhase phase) {
  return word(phase, std::array<std::string_view, 2>{"normal", "pre_step"});
}

std::string_view to_string(StepExpiry expiry) {
  return word(expiry, std::array<std::string_view, 2>{"slew", "step"});
}

std::string_view to_string(ProbeTls tls) {
  return word(tls, std::array<std::string_view, 3>{"none", "starttls", "implicit"});
}

std::string_view to_string(ProbeState state) {
  return word(state, std::array<std::string_view, 3>{"unknown", "ok", "failed"});
}

std::string_view to_string(ProbeType type) {
  return word(type, std::array<std::string_view, kProbeTypes.size()>{
                        "tcp", "banner", "imap_login", "http", "exec", "unit", "metric"});
}

Reach reach_of(const Action& action) {
  if (std::holds_alternative<ServiceAction>(action) || std::holds_alternative<RunAction>(action) ||
      std::holds_alternative<StepAction>(action))
    return Reach::service;
  return std::holds_alternative<NodeTaintAction>(action) ? Reach::node : Reach::self;
}

bool is_notification(const Action& action) {
  return std::holds_alternative<NotifyAction>(action) ||
         std::holds_alternative<WebhookAction>(action) ||
         std::holds_alternative<NodeConditionAction>(action) ||
         std::holds_alternative<NodeEventAction>(action);
}

std::string describe(const Action& action) { return std::visit(Describe{}, action); }

}  // namespace slewd::rules
