// SPDX-License-Identifier: Apache-2.0
#include "agent/core/sources/source_log.hpp"

#include <algorithm>
#include <utility>

#include "agent/core/sources/source_view.hpp"

namespace slewd::core {
namespace {

constexpr std::size_t kMostNamed = 4;
constexpr Nanos kDependenceLasts = std::chrono::minutes(30);  // more than the longest poll

bool may_be_followed(const Association& association) {
  return !association.source.config().noselect;
}

}  // namespace

void SourceLog::on_selection(const Associations& all, MonoTime now) {
  report_selected(all);
  report_dependence(all, now);
}

void SourceLog::report_selected(const Associations& all) {
  const auto found = std::ranges::find_if(
      all, [](const auto& each) { return each->verdict.state == SourceState::selected; });
  if (found == all.end() || (*found)->name == selected_) return;
  observer_.on_note(Severity::debug, "source selected: " + (*found)->name +
                                         (selected_.empty() ? "" : ", in place of " + selected_));
  selected_ = (*found)->name;
}

// Once all have left the polls of a silence without a usable answer; the newest may be under way.
void SourceLog::on_request(const Associations& all) {
  if (lost_) return;
  std::string reasons;
  std::size_t named = 0;
  for (const auto& each : all) {
    if (!may_be_followed(*each)) continue;
    if (each->unanswered <= kSilentPolls) return;
    if (++named <= kMostNamed)
      reasons += (named == 1 ? ": " : "; ") + each->name + " " + silence_of(each->source);
  }
  if (named == 0) return;
  lost_ = true;
  observer_.on_note(Severity::warning, "no source gives a usable answer" + reasons);
}

void SourceLog::on_answer(Association& association) {
  association.implausible_logged = false;
  if (!lost_ || !may_be_followed(association)) return;
  lost_ = false;
  observer_.on_note(Severity::info, "source " + association.name + " gives usable answers");
}

// What is wrong with all sources at once is wrong with the clock too, and nothing shows it.
void SourceLog::report_dependence(const Associations& all, MonoTime now) {
  std::size_t followed = 0;
  std::string upstream;
  bool one_upstream = true;
  for (const auto& each : all) {
    if (!is_followed(*each)) continue;
    const auto& last = each->track.last();
    if (++followed == 1) upstream = each->refid;
    one_upstream = one_upstream && last && last->stratum > 1 && each->refid == upstream;
  }
  std::string why;
  if (followed == 1) why = "one source is followed alone";
  if (followed > 1 && one_upstream) why = "all sources follow the same server (" + upstream + ")";
  if (why != dependence_) {
    dependence_ = why;
    dependence_since_ = now;
    dependence_logged_ = false;
  }
  if (why.empty() || dependence_logged_ || now - dependence_since_ < kDependenceLasts) return;
  dependence_logged_ = true;
  observer_.on_note(Severity::warning, why +
                                           ": nothing would show that it is wrong; name "
                                           "three independent servers or more");
}

void SourceLog::on_implausible(Association& association, const std::string& why) {
  if (std::exchange(association.implausible_logged, true)) return;
  observer_.on_note(Severity::warning, "source " + association.name + ": " + why);
}

}  // namespace slewd::core
