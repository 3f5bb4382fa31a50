// What the core tells of itself: logged, and passed on to the agent.
#include "agent/app/daemon.hpp"
#include "base/duration.hpp"

namespace slewd::app {
namespace {

LogLevel level_of(core::Severity severity) {
  switch (severity) {
    case core::Severity::debug:
      return LogLevel::debug;
    case core::Severity::info:
      return LogLevel::info;
    case core::Severity::warning:
      return LogLevel::warning;
    case core::Severity::error:
      return LogLevel::error;
  }
  return LogLevel::info;
}

}  // namespace

void Daemon::on_decision(const core::Decision& decision) {
  const Result<void> written = trace_.append(decision);
  if (!written && !trace_failed_)
    log_.write(LogLevel::warning, "the trace file misses decisions",
               {{"error", written.error().describe()}});
  trace_failed_ = !written;
}

void Daemon::on_transition(const core::PhaseTransition& transition) {
  log_.write(LogLevel::info, "phase",
             {{"from", std::string(to_string(transition.from))},
              {"to", std::string(to_string(transition.to))},
              {"event", std::string(to_string(transition.event))}});
  (void)notifier_.status(to_string(transition.to));
  // Once we only observe, the frequency is somebody else's; unless the kernel refused to end a
  // slew, which restore-frequency then must.
  if (transition.from == core::Phase::observe) mark_steering(true);
  if (transition.to == core::Phase::observe && transition.from != core::Phase::unset)
    mark_steering(engine_->slew_may_remain());
  if (agent_ != nullptr) agent_->nudge();
}

void Daemon::log_jump(std::string_view what, const core::ClockEvent& event) {
  const bool sized = event.size_known();
  log_.write(LogLevel::warning, what,
             {{"id", std::to_string(event.id)},
              {"cause", std::string(to_string(event.cause))},
              {"size", sized ? format_rounded(event.size) : "unknown"},
              {"uncertainty", sized ? format_rounded(event.uncertainty) : "unknown"},
              {"witnesses", event.witnesses},
              {"culprit", event.culprit.empty() ? "unknown" : event.culprit}});
}

void Daemon::on_jump(const core::ClockEvent& event) {
  log_jump("the clock jumped", event);
  if (agent_ != nullptr) agent_->probe_now();
}

void Daemon::on_jump_refined(const core::ClockEvent& event) {
  log_jump("more is known of a jump", event);
  if (agent_ != nullptr) agent_->nudge();
}

void Daemon::on_note(core::Severity severity, std::string_view text) {
  log_.write(level_of(severity), text);
}

}  // namespace slewd::app
