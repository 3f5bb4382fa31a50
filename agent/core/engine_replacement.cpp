// The part of Engine that looks a name up again when its server has gone.
#include <algorithm>
#include <utility>

#include "agent/core/engine.hpp"
#include "agent/core/replacement.hpp"

namespace slewd::core {
namespace {

constexpr Nanos kLookupSpacing = std::chrono::minutes(15);
constexpr Nanos kFirstPollAfter = std::chrono::milliseconds(50);

// While nobody answers it may be the network: names are watched, but servers not turned over.
constexpr Nanos kLookupSpacingAlone = std::chrono::hours(1);

}  // namespace

void Engine::seek_replacement(Association& association) {
  const Source& source = association.source;
  const bool outvoted =
      association.verdict.state == SourceState::falseticker &&
      std::ranges::any_of(associations_, [](const auto& each) { return is_followed(*each); });
  association.false_polls = outvoted ? association.false_polls + 1 : 0;
  const ClockReading reading = env_.clock.now();
  Conduct conduct;
  conduct.denied = source.denied();
  conduct.unanswered = association.unanswered;
  if (const auto& last = association.track.last()) conduct.silent_for = reading.raw - last->at;
  conduct.false_polls = association.false_polls;
  std::string why = why_replace(source.config(), conduct);
  if (why.empty()) return;
  const MonoTime now = reading.mono;
  // A server that refuses us is not polled, but its name is still watched.
  if (source.denied()) wake_after(association, kLookupSpacing);
  const Nanos spacing = others_answer(association) ? kLookupSpacing : kLookupSpacingAlone;
  if (association.looked_up && now - *association.looked_up < spacing) return;
  association.looked_up = now;
  association.lookup = std::make_shared<Lookup>();
  env_.resolver.lookup(source.config().host, source.config().port,
                       [this, &association, why = std::move(why),
                        wanted = std::weak_ptr<Lookup>(association.lookup)](
                           const Result<std::vector<Endpoint>>& answer) {
                         if (wanted.expired()) return;
                         association.lookup.reset();
                         if (answer) replace_from(association, *answer, why);
                       });
}

bool Engine::others_answer(const Association& association) const {
  return std::ranges::any_of(associations_, [&](const auto& each) {
    return each.get() != &association && each->source.reachable() &&
           each->unanswered < kSilentPolls;
  });
}

void Engine::replace_from(Association& association, const std::vector<Endpoint>& found,
                          const std::string& why) {
  std::vector<Endpoint> taken(refused_.begin(), refused_.end());
  for (const auto& each : associations_) taken.push_back(each->endpoint);
  const Endpoint* const fresh = first_free(found, taken);
  if (fresh == nullptr) return;
  env_.observer.on_note(Severity::info, "source " + association.name + ": " + association.address +
                                            " " + why + " and is replaced by " + format(*fresh));
  if (association.source.denied()) refused_.push_back(association.endpoint);
  remove_association(association);
  const bool alone = !others_answer(association);
  const std::optional<MonoTime> looked_up = association.looked_up;
  const int unanswered = association.unanswered;
  association = new_association(association.source.config(), *fresh, association.name);
  association.looked_up = looked_up;
  if (alone) {  // the successor is asked no oftener than the one before
    association.unanswered = unanswered;
    association.iburst_left = 0;
  }
  schedule(association, jittered(kFirstPollAfter));
  publish();
}

}  // namespace slewd::core
