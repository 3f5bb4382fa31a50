// SPDX-License-Identifier: Apache-2.0
#include "agent/core/leap/leap_watch.hpp"

#include <algorithm>
#include <chrono>

#include "base/text.hpp"

namespace slewd::core {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr Nanos kSpreads = std::chrono::hours(1);  // more than three of the longest polls

sys_days day_of(WallTime time) { return sys_days{std::chrono::floor<days>(time.since_epoch)}; }

bool ends_one_of(std::span<const int> months, sys_days day) {
  const std::chrono::year_month_day date{day};
  const std::chrono::year_month_day next{day + days{1}};
  const int month = static_cast<int>(static_cast<unsigned>(date.month()));
  return next.month() != date.month() && std::ranges::find(months, month) != months.end();
}

enum class Says { nothing, leap, no_leap };

// Only what was said on these days counts: before them no announcement is due.
Says said(const LeapClaim& claim, std::span<const int> months) {
  if (!claim.selectable || claim.leap == Leap::unknown || !leap_may_be_near(claim.heard, months))
    return Says::nothing;
  return claim.leap == Leap::none ? Says::no_leap : Says::leap;
}

std::string names(std::span<const LeapClaim> claims, std::span<const Says> say, Says wanted) {
  std::string list;
  for (std::size_t i = 0; i < claims.size(); ++i)
    if (say[i] == wanted) append_item(list, claims[i].name);
  return list;
}

}  // namespace

bool leap_may_be_near(WallTime now, std::span<const int> months) {
  const sys_days today = day_of(now);
  return ends_one_of(months, today) || ends_one_of(months, today - days{1});
}

LeapWatch::Finding LeapWatch::look(std::span<const LeapClaim> claims, WallTime now,
                                   std::span<const int> months) {
  Finding finding{.reasons = std::vector<std::string>(claims.size()), .note = {}};
  std::vector<Says> say;
  for (const LeapClaim& claim : claims) say.push_back(said(claim, months));
  const auto announcing = std::ranges::count(say, Says::leap);
  const auto silent = std::ranges::count(say, Says::no_leap);
  if (!leap_may_be_near(now, months) || announcing == 0 || silent == 0) {
    mixed_since_.reset();
    return finding;
  }
  if (!mixed_since_) mixed_since_ = now;
  if (now - *mixed_since_ < kSpreads) return finding;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    // Where the groups are equal, none of them is the minority.
    if (say[i] == Says::leap && announcing <= silent)
      finding.reasons[i] =
          "announces a leap second that " + std::to_string(silent) + " others do not";
    if (say[i] == Says::no_leap && silent <= announcing)
      finding.reasons[i] =
          "does not announce the leap second that " + std::to_string(announcing) + " others do";
  }
  if (noted_ == day_of(now)) return finding;
  noted_ = day_of(now);
  finding.note = "a leap second is announced by " + names(claims, say, Says::leap) +
                 " and not by " + names(claims, say, Says::no_leap) +
                 ": servers that smear it must not be mixed with servers that step";
  return finding;
}

}  // namespace slewd::core
