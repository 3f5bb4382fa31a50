// The closed word lists of the library: metric labels, JSON and tables all use these.
#include <array>

#include "base/duration.hpp"
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
  std::string operator()(const NotifyAction& action) const { return "notify " + action.text; }
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
  return word(gate,
              std::array<std::string_view, 5>{"cooldown", "budget", "paused", "dry_run", "busy"});
}

std::string_view to_string(ProbeState state) {
  return word(state, std::array<std::string_view, 3>{"unknown", "ok", "failed"});
}

std::string_view to_string(ProbeType type) {
  return word(type, std::array<std::string_view, 3>{"tcp", "banner", "imap_login"});
}

std::string describe(const Action& action) { return std::visit(Describe{}, action); }

}  // namespace slewd::rules
