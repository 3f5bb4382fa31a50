#include "agent/core/leap_watch.hpp"

#include <algorithm>
#include <chrono>

namespace slewd::core {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr Nanos kSpreads = std::chrono::hours(1);  // more than three of the longest polls

sys_days day_of(WallTime time) { return sys_days{std::chrono::floor<days>(time.since_epoch)}; }

bool ends_june_or_december(sys_days day) {
  const std::chrono::year_month_day date{day};
  const std::chrono::year_month_day next{day + days{1}};
  const bool half_year = date.month() == std::chrono::June || date.month() == std::chrono::December;
  return half_year && next.month() != date.month();
}

enum class Says { nothing, leap, no_leap };

// Only what was said on these days counts: the day before nobody need have announced anything.
Says said(const LeapWord& word) {
  if (!word.selectable || word.leap == Leap::unknown || !leap_may_be_near(word.heard))
    return Says::nothing;
  return word.leap == Leap::none ? Says::no_leap : Says::leap;
}

std::string names(std::span<const LeapWord> words, Says wanted) {
  std::string list;
  for (const LeapWord& word : words)
    if (said(word) == wanted) list += (list.empty() ? "" : ", ") + word.name;
  return list;
}

}  // namespace

bool leap_may_be_near(WallTime now) {
  const sys_days today = day_of(now);
  return ends_june_or_december(today) || ends_june_or_december(today - days{1});
}

LeapWatch::Finding LeapWatch::look(std::span<const LeapWord> words, WallTime now) {
  Finding finding{.reasons = std::vector<std::string>(words.size()), .note = {}};
  const auto announcing = std::ranges::count(words, Says::leap, said);
  const auto silent = std::ranges::count(words, Says::no_leap, said);
  if (!leap_may_be_near(now) || announcing == 0 || silent == 0) {
    mixed_since_.reset();
    return finding;
  }
  if (!mixed_since_) mixed_since_ = now;
  if (now - *mixed_since_ < kSpreads) return finding;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Says word = said(words[i]);
    // Where the groups are equal, nobody knows which of them is the minority.
    if (word == Says::leap && announcing <= silent)
      finding.reasons[i] =
          "announces a leap second that " + std::to_string(silent) + " others do not";
    if (word == Says::no_leap && silent <= announcing)
      finding.reasons[i] =
          "does not announce the leap second that " + std::to_string(announcing) + " others do";
  }
  if (noted_ == day_of(now)) return finding;
  noted_ = day_of(now);
  finding.note = "a leap second is announced by " + names(words, Says::leap) + " and not by " +
                 names(words, Says::no_leap) +
                 ": servers that smear it must not be mixed with servers that step";
  return finding;
}

}  // namespace slewd::core
