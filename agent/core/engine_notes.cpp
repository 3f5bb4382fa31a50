// The part of Engine that tells the log which source is followed, when the last one is lost and
// found again, and who steers beside us.
#include <algorithm>
#include <string>

#include "agent/core/engine.hpp"

namespace slewd::core {
namespace {

constexpr std::size_t kMostNamed = 4;

bool may_be_followed(const Association& association) {
  return !association.source.config().noselect;
}

}  // namespace

void Engine::tell_selected() {
  const auto found = std::ranges::find_if(
      associations_, [](const auto& each) { return each->verdict.state == SourceState::selected; });
  if (found == associations_.end() || (*found)->name == selected_) return;
  env_.observer.on_note(Severity::debug,
                        "source selected: " + (*found)->name +
                            (selected_.empty() ? "" : ", in place of " + selected_));
  selected_ = (*found)->name;
}

// Once all have left the polls of a silence without a usable answer; the newest may be under way.
void Engine::tell_lost() {
  if (told_lost_) return;
  std::string reasons;
  std::size_t named = 0;
  for (const auto& each : associations_) {
    if (!may_be_followed(*each)) continue;
    if (each->unanswered <= kSilentPolls) return;
    if (++named <= kMostNamed)
      reasons += (named == 1 ? ": " : "; ") + each->name + " " + silence_of(each->source);
  }
  if (named == 0) return;
  told_lost_ = true;
  env_.observer.on_note(Severity::warning, "no source gives a usable answer" + reasons);
}

void Engine::tell_found(const Association& association) {
  if (!told_lost_ || !may_be_followed(association)) return;
  told_lost_ = false;
  env_.observer.on_note(Severity::info, "source " + association.name + " gives usable answers");
}

void Engine::tell_foreign() {
  const ForeignView& view = foreign_.view();
  const std::string who = view.detected ? view.who : std::string();
  if (who == told_foreign_) return;
  if (who.empty())
    env_.observer.on_note(Severity::info, "no other program steers this clock any more");
  else
    env_.observer.on_note(Severity::info, "another program steers this clock: " + who);
  told_foreign_ = who;
}

}  // namespace slewd::core
