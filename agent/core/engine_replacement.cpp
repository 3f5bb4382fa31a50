// The part of Engine that gives the place of a server that has gone to another one of its name.
#include <algorithm>
#include <utility>

#include "agent/core/engine.hpp"
#include "agent/core/replacement.hpp"

namespace slewd::core {
namespace {

constexpr Nanos kFirstPollAfter = std::chrono::milliseconds(50);
constexpr Nanos kLookupSpacing = std::chrono::minutes(15);  // while others answer
// An address that was given up is left alone for so long at first. While no source answers it may
// be the network: then all addresses take turns.
constexpr Nanos kFirstPause = std::chrono::seconds(15);
constexpr Nanos kTurn = std::chrono::seconds(15);
constexpr Nanos kAnswerWithin = std::chrono::seconds(1);
constexpr Nanos kRefusedPause = std::chrono::hours(1);

}  // namespace

Conduct Engine::conduct_of(const Association& association) const {
  Conduct conduct;
  conduct.denied = association.source.denied();
  const ClockReading now = env_.clock.now();
  const bool may_answer = association.source.awaiting() && association.polled &&
                          now.mono - *association.polled < kAnswerWithin;
  conduct.unanswered = association.unanswered - (may_answer ? 1 : 0);
  if (const auto& last = association.track.last()) conduct.silent_for = now.raw - last->at;
  conduct.false_polls = association.false_polls;
  conduct.given_up = association.line->addresses.given_up(association.endpoint);
  return conduct;
}

void Engine::seek_replacement(Association& association) {
  const bool outvoted =
      association.verdict.state == SourceState::falseticker &&
      std::ranges::any_of(associations_, [](const auto& each) { return is_followed(*each); });
  association.false_polls = outvoted ? association.false_polls + 1 : 0;
  const std::string why = why_replace(association.line->config, conduct_of(association));
  if (why.empty() || replace(association, why)) return;
  const std::shared_ptr<SourceLine>& line = association.line;
  const MonoTime now = env_.clock.now().mono;
  if (!line->retry && (!line->looked_up || now - *line->looked_up >= kLookupSpacing ||
                       !others_answer(&association)))
    look_up(line);
}

// The newest answer of the name service may have another address for those in trouble.
void Engine::replace_from(const SourceLine& line) {
  for (const auto& each : associations_) {
    if (each->line.get() != &line) continue;
    const std::string why = why_replace(line.config, conduct_of(*each));
    if (!why.empty()) replace(*each, why);
  }
}

// Whether another source answers its polls.
bool Engine::others_answer(const Association* association) const {
  return std::ranges::any_of(associations_, [&](const auto& each) {
    return each.get() != association && each->source.reachable() && each->unanswered < kSilentPolls;
  });
}

std::vector<Endpoint> Engine::taken_endpoints() const {
  std::vector<Endpoint> taken;
  for (const auto& each : associations_) taken.push_back(each->endpoint);
  return taken;
}

std::optional<MonoTime> Engine::next_turn(const Association& association) const {
  if (is_numeric(association.line->config.host) || association.unanswered == 0) return std::nullopt;
  return association.line->addresses.next_at(taken_endpoints());
}

bool Engine::replace(Association& association, const std::string& why) {
  const bool alone = !others_answer(&association);
  AddressQueue& addresses = association.line->addresses;
  // While no source answers it may be the network: an address that has answered before stays. Where
  // the name has left it, one place of the line tries the new addresses, and the others stay until
  // one of these works.
  const bool worked = association.track.last().has_value() && !association.source.denied();
  const bool is_tried = std::ranges::any_of(associations_, [&](const auto& each) {
    return each->line == association.line && !each->track.last();
  });
  if (alone && worked && (is_tried || !addresses.has_left(association.endpoint))) return false;
  const MonoTime now = env_.clock.now().mono;
  const std::optional<Endpoint> fresh =
      addresses.next(taken_endpoints(), now, &association.endpoint);
  if (!fresh) return false;
  const bool first_time = addresses.given_up(association.endpoint) == 0;
  const Nanos silence = association.silent_since ? now - *association.silent_since : Nanos{0};
  const Nanos pause = association.source.denied() ? kRefusedPause
                      : alone                     ? std::max(kTurn, seeking_interval(silence))
                                                  : kFirstPause;
  addresses.give_up(association.endpoint, now, pause, alone);
  if (first_time || !alone)
    env_.observer.on_note(Severity::info, "source " + association.name + ": " +
                                              association.address + " " + why +
                                              " and is replaced by " + format(*fresh));
  remove_association(association);
  const auto silent_since = association.silent_since;
  association = new_association(association.line, association.place, *fresh);
  if (alone) association.silent_since = silent_since;
  schedule_first(association, kFirstPollAfter);
  // A line may have waited for the address that is free now.
  for (const auto& line : lines_)
    if (members(*line) == 0) look_up_soon(*line);
  publish();
  return true;
}

}  // namespace slewd::core
