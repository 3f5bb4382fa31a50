// SPDX-License-Identifier: Apache-2.0
#include "agent/core/leap/leap_second.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "agent/core/leap/leap_vote.hpp"

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kAnnouncedWithin = 24h;  // of the month's end
constexpr Nanos kSettlesWithin = 1h;     // more than three of the longest polls
constexpr Nanos kNoOtherWithin = 24h;
// Half of the longest round trip that is a measurement, and what a server may be off by.
constexpr Nanos kClose = 2s;

std::chrono::year_month month_of(WallTime now) {
  const auto day = std::chrono::floor<std::chrono::days>(now.since_epoch);
  const std::chrono::year_month_day date{std::chrono::sys_days{day}};
  return date.year() / date.month();
}

WallTime end_of(std::chrono::year_month month) {
  return WallTime{std::chrono::sys_days{(month + std::chrono::months{1}) / 1}.time_since_epoch()};
}

}  // namespace

WallTime month_end(WallTime now) { return end_of(month_of(now)); }

bool month_can_leap(WallTime now, std::span<const int> months) {
  const int number = static_cast<int>(static_cast<unsigned>(month_of(now).month()));
  return std::ranges::find(months, number) != months.end();
}

Nanos AnnouncedLeap::shift() const { return leap == Leap::insert ? -1s : 1s; }

WallTime AnnouncedLeap::due() const { return leap == Leap::insert ? month_end : month_end - 1s; }

std::optional<AnnouncedLeap> LeapSecond::announced(std::span<const LeapVoice> voices, WallTime now,
                                                   std::span<const int> months) const {
  const std::chrono::year_month month = month_of(now);
  const WallTime end = end_of(month);
  if (!month_can_leap(now, months) || end - now > kAnnouncedWithin || end == finished_)
    return std::nullopt;
  std::vector<Leap> said;
  for (const LeapVoice& voice : voices)
    said.push_back(month_of(voice.heard) == month ? voice.leap : Leap::none);
  const Leap majority = leap_vote(said);
  if (majority == Leap::unknown) return next_;
  for (const Leap leap : {Leap::insert, Leap::erase}) {
    const auto count = std::ranges::count(said, leap);
    if (count == 0) continue;
    const bool trusted =
        std::ranges::find_if(voices, [&](const LeapVoice& voice) {
          return voice.trust && voice.leap == leap && month_of(voice.heard) == month;
        }) != voices.end();
    if (trusted || (majority == leap && count >= 2))
      return AnnouncedLeap{leap, end, LeapSupport::several};
    if (majority == leap) return AnnouncedLeap{leap, end, LeapSupport::alone};
  }
  for (const Leap leap : {Leap::insert, Leap::erase})
    if (std::ranges::find(said, leap) != said.end())
      return AnnouncedLeap{leap, end, LeapSupport::few};
  return std::nullopt;
}

bool LeapSecond::hear(std::span<const LeapVoice> voices, WallTime now,
                      std::span<const int> months) {
  const auto before = planned();
  if (next_ && now >= next_->due()) {
    if (before) return false;
    finish(false);
  }
  // The newest announcement counts: a server that was last asked before the end of the month has
  // announced the leap second that is over now.
  std::optional<WallTime> newest;
  for (const LeapVoice& voice : voices)
    if (voice.leap == Leap::insert || voice.leap == Leap::erase)
      newest = std::max(newest.value_or(voice.heard), voice.heard);
  if (newest) heard_for_ = month_end(*newest);
  next_ = announced(voices, now, months);
  return planned() != before;
}

std::optional<AnnouncedLeap> LeapSecond::planned() const {
  return next_ && next_->support != LeapSupport::few ? next_ : std::nullopt;
}

void LeapSecond::finish(bool followed) {
  if (!next_) return;
  past_ = {.at = next_->due() + next_->shift(), .shift = next_->shift(), .followed = followed};
  finished_ = next_->month_end;
  next_.reset();
}

std::optional<Nanos> LeapSecond::expected(WallTime now) const {
  if (!past_ || now - past_->at > kSettlesWithin) return std::nullopt;
  return past_->followed ? -past_->shift : past_->shift;
}

void LeapSecond::settle() {
  if (past_) past_->followed = !past_->followed;
}

bool LeapSecond::is_close(WallTime when) const {
  const auto planned = this->planned();
  return (planned && magnitude(when - planned->due()) <= kClose) ||
         (past_ && past_->followed && magnitude(when - past_->at) <= kClose);
}

bool LeapSecond::is_inserted(WallTime now) const {
  return past_ && past_->followed && past_->shift < Nanos{0} && now >= past_->at &&
         now < past_->at - past_->shift;
}

bool LeapSecond::accounts_for(Nanos moved, WallTime now) const {
  const auto same = [&](Nanos shift) { return (shift < Nanos{0}) == (moved < Nanos{0}); };
  const auto planned = this->planned();
  if (planned && same(planned->shift())) return planned->due() - now > kClose;
  return past_ && past_->followed && same(past_->shift) && now - past_->at <= kNoOtherWithin;
}

}  // namespace slewd::core
