// The part of Engine that tells the log which source is followed, when the last one is lost and
// found again, and who steers beside us.
#include <algorithm>
#include <chrono>
#include <string>

#include "agent/core/engine.hpp"

namespace slewd::core {
namespace {

constexpr std::size_t kMostNamed = 4;
constexpr Nanos kDependenceLasts = std::chrono::minutes(30);  // more than the longest poll

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

// What is wrong with all sources at once is wrong with the clock too, and nothing shows it.
void Engine::tell_dependence() {
  std::size_t followed = 0;
  std::string upstream;
  bool one_upstream = true;
  for (const auto& each : associations_) {
    if (!is_followed(*each)) continue;
    const auto& last = each->track.last();
    if (++followed == 1) upstream = each->refid;
    one_upstream = one_upstream && last && last->stratum > 1 && each->refid == upstream;
  }
  std::string why;
  if (followed == 1) why = "one source is followed alone";
  if (followed > 1 && one_upstream) why = "all sources follow the same server (" + upstream + ")";
  const MonoTime now = env_.clock.now().mono;
  if (why != dependence_) {
    dependence_ = why;
    dependence_since_ = now;
    dependence_noted_ = false;
  }
  if (why.empty() || dependence_noted_ || now - dependence_since_ < kDependenceLasts) return;
  dependence_noted_ = true;
  env_.observer.on_note(Severity::warning, why +
                                               ": nothing would show that it is wrong; name "
                                               "three independent servers or more");
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
