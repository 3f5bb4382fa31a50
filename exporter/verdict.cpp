#include "exporter/verdict.hpp"

#include "base/duration.hpp"

namespace slewd::exporter {
namespace {

using core::Phase;
using core::Snapshot;

// "bound 3.10 ms, from time.example, Sync".
std::string trust(const Snapshot& snapshot) {
  std::string text;
  const auto join = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (snapshot.clock.error_bound) join("bound " + format_rounded(*snapshot.clock.error_bound));
  for (const core::SourceView& source : snapshot.sources) {
    if (source.state == core::SourceState::selected) join("from " + source.name);
  }
  join(std::string(to_string(snapshot.phase.phase)));
  return text;
}

// "within 0.83 ms, bound 3.10 ms, from time.example, Sync".
std::string figures(const Snapshot& snapshot) {
  if (!snapshot.clock.offset) return trust(snapshot);
  return "within " + format_rounded(magnitude(*snapshot.clock.offset)) + ", " + trust(snapshot);
}

// What is left of the slew is the offset: telling both would say one number twice.
std::string slewing(const Snapshot& snapshot) {
  std::string text = "slewing, " + format_rounded(snapshot.clock.slew_remaining) + " to go";
  if (snapshot.clock.convergence) {
    text += ", done in " + format_rounded(*snapshot.clock.convergence);
  }
  return text + ": " + trust(snapshot);
}

// "alarm, the clock is off by 9.50 h, ...; to end it now: slewctl step --to-true".
std::string alarm_text(const Snapshot& snapshot) {
  if (!snapshot.alarm) return "alarm";
  return "alarm, " + snapshot.alarm->text +
         "; to end it now: " + std::string(core::advice_on(snapshot.alarm->reason).command);
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::ok:
      return "ok";
    case Level::warning:
      return "warning";
    case Level::critical:
      return "critical";
    case Level::unknown:
      return "unknown";
  }
  return "";
}

bool is_stuck(const Snapshot& snapshot, MonoTime now) { return now - snapshot.due > kStuckAfter; }

Verdict judge(const Snapshot& snapshot, MonoTime now) {
  if (is_stuck(snapshot, now)) {
    return {Level::critical,
            "stuck: the core has not published for " + format_rounded(now - snapshot.published)};
  }
  switch (snapshot.phase.phase) {
    case Phase::unset:
      return {Level::unknown, "no usable sample yet"};
    case Phase::hold:
      return {Level::warning, "settling: " + figures(snapshot)};
    case Phase::spike:
      return {Level::warning,
              "a spike is being watched, nothing is corrected: " + figures(snapshot)};
    case Phase::disrupted:
      return {Level::critical, "the clock was moved by somebody else: " + figures(snapshot)};
    case Phase::holdover:
      return {Level::warning, "no answers, coasting on the last estimate: " + figures(snapshot)};
    case Phase::alarm:
      return {Level::critical, alarm_text(snapshot) + ": " + figures(snapshot)};
    case Phase::sync:
    case Phase::observe:
      break;
  }
  if (!snapshot.clock.offset) return {Level::unknown, "no estimate yet"};
  // Observing is fine when it was asked for; a clock that nobody keeps is not "on time".
  if (!snapshot.steering && snapshot.mode != core::Mode::observe) {
    return {Level::warning, "not steered (" + snapshot.observe_reason + "): " + figures(snapshot)};
  }
  if (snapshot.clock.frequency_state != core::FrequencyState::plausible) {
    return {Level::warning, snapshot.clock.frequency_doubt + ": " + figures(snapshot)};
  }
  constexpr Nanos kWorthTelling = std::chrono::milliseconds(128);
  if (snapshot.steering && magnitude(snapshot.clock.slew_remaining) >= kWorthTelling) {
    return {Level::warning, slewing(snapshot)};
  }
  if (magnitude(*snapshot.clock.offset) >= kWorthTelling) {
    return {Level::warning, "off: " + figures(snapshot)};
  }
  return {Level::ok, figures(snapshot)};
}

}  // namespace slewd::exporter
