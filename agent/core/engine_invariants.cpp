// The part of Engine that counts and tells where an invariant is broken. What holds the clock then
// is elsewhere: the limit of the base frequency, the new start of the filter bank, the wider bound.
#include "agent/core/engine.hpp"
#include "base/duration.hpp"

namespace slewd::core {

void Engine::tell_breach(Invariant which, const std::string& what) {
  if (!invariants_.broken(which, env_.clock.now().mono)) return;
  env_.observer.on_note(Severity::warning,
                        "invariant " + std::string(to_string(which)) + ": " + what);
}

void Engine::check_frequency() {
  if (discipline_.frequency_state() == FrequencyState::beyond_limit)
    tell_breach(Invariant::frequency_limit, "the base frequency is held at its limit");
}

// At a start there is nothing yet that a move could break.
void Engine::check_lone_move(const Movement& found) {
  const bool ours = found.kind == Movement::Kind::clock || found.kind == Movement::Kind::oscillator;
  if (!ours || !found.lone || found.confirmed || discipline_.any_offset()) return;
  tell_breach(Invariant::lone_move, "a lone source shows that the clock has moved by " +
                                        format_rounded(from_seconds(found.by)) +
                                        ", and no other can confirm it");
}

}  // namespace slewd::core
