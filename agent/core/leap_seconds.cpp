// SPDX-License-Identifier: Apache-2.0
#include "agent/core/leap_seconds.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

// Timers run by MONO, which a slew makes up to 10 % faster or slower than true time: far from the
// leap they stop short of it.
constexpr Nanos kTimedExactly = 1ms;
// The kernel leaps in the first tick of the second.
constexpr Nanos kKernelLeapsWithin = 200ms;
constexpr Nanos kKernelIsLate = 500ms;
// A clock that is farther off would leap too far from true time.
constexpr Nanos kKernelOffset = 500ms;
// What a second is taken for a leap by.
constexpr Nanos kAboutASecond = 100ms;

std::string two_digits(unsigned number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string last_day(const AnnouncedLeap& leap) {
  using std::chrono::days;
  const auto end = std::chrono::floor<days>(leap.month_end.since_epoch);
  const std::chrono::year_month_day date{std::chrono::sys_days{end} - days{1}};
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two_digits(static_cast<unsigned>(date.month())) + "-" +
         two_digits(static_cast<unsigned>(date.day())) + " UTC";
}

std::string plan_text(LeapMode mode, const AnnouncedLeap& leap) {
  switch (mode) {
    case LeapMode::slew:
      return "true time moves with it, and the clock is slewed from there";
    case LeapMode::kernel:
      return leap.support == LeapSupport::several
                 ? "the kernel makes it"
                 : "only one source announces it, so the kernel is not asked to make it";
    case LeapMode::ignore:
      return "it is left to the samples that follow it (leap: ignore)";
  }
  return {};
}

// The kernel leaps at the end of the day that its clock shows.
bool shows_last_day(WallTime wall, const AnnouncedLeap& leap) {
  const Nanos to_the_end = leap.month_end - (wall - kKernelIsLate);
  return to_the_end > 0ns && to_the_end <= 24h;
}

}  // namespace

LeapSeconds::LeapSeconds(Env& env, const CoreConfig& config, Discipline& discipline,
                         Sources& sources, Coordinator& engine)
    : env_(env), config_(config), discipline_(discipline), sources_(sources), engine_(engine) {}

void LeapSeconds::stop() {
  if (timer_) env_.timers.cancel(*timer_);
  timer_.reset();
}

void LeapSeconds::hear(RawTime now) {
  watch_smears(now);
  plan(now);
}

std::optional<WallTime> LeapSeconds::true_time(RawTime when) const {
  const auto& estimate = discipline_.estimate();
  if (!estimate) return std::nullopt;
  return WallTime{when.since_epoch + estimate->phase_at(when)};
}

void LeapSeconds::watch_smears(RawTime now) {
  const auto truth = true_time(now);
  if (!truth) return;
  doubt_announced(*truth);
  if (!leap_may_be_near(*truth, config_.leap.months)) {
    smears_ = LeapWatch();
    return;
  }
  std::vector<LeapClaim> claims;
  for (const auto& association : sources_.all()) {
    LeapClaim claim{.name = association->name,
                    .selectable = takes_part(association->verdict.state)};
    if (const auto& last = association->track.last()) {
      claim.leap = last->leap;
      claim.heard = *true_time(last->at);
    }
    claims.push_back(std::move(claim));
  }
  const LeapWatch::Finding found = smears_.look(claims, *truth, config_.leap.months);
  for (std::size_t i = 0; i < claims.size(); ++i)
    if (!found.reasons[i].empty()) sources_.all()[i]->verdict.reason += "; " + found.reasons[i];
  if (!found.note.empty()) env_.observer.on_note(Severity::warning, found.note);
}

// On the day after, a server may announce it still.
bool LeapSeconds::is_implausible_at(WallTime truth) const {
  const auto& months = config_.leap.months;
  return !month_can_leap(truth, months) && !leap_may_be_near(truth, months);
}

// An announcement holds for the month in which it is heard (RFC 5905 section 7.3).
void LeapSeconds::doubt_announced(WallTime truth) {
  if (!is_implausible_at(truth)) return;
  std::string names;
  for (const auto& association : sources_.all()) {
    const auto& last = association->track.last();
    const bool announces = last && (last->leap == Leap::insert || last->leap == Leap::erase);
    if (!announces || !takes_part(association->verdict.state)) continue;
    association->verdict.reason += "; announces a leap second, implausible in this month";
    append_item(names, association->name);
  }
  const WallTime end = month_end(truth);
  if (names.empty() || implausible_ == end) return;
  implausible_ = end;
  env_.observer.on_note(Severity::warning, "an implausible leap second is announced by " + names +
                                               " and ignored: this month is none of leap_months");
}

bool LeapSeconds::is_implausible(Leap leap, RawTime now) const {
  const auto truth = true_time(now);
  const bool announced = leap == Leap::insert || leap == Leap::erase;
  return announced && truth && is_implausible_at(*truth);
}

void LeapSeconds::plan(RawTime now) {
  const auto truth = true_time(now);
  if (!truth) return;
  std::vector<LeapVoice> voices;
  for (const auto& association : sources_.all()) {
    const bool believed =
        is_followed(*association) || association->verdict.state == SourceState::candidate;
    const auto& last = association->track.last();
    if (believed && last)
      voices.push_back({last->leap, association->source.config().trust, *true_time(last->at)});
  }
  const auto before = leap_.planned();
  if (leap_.hear(voices, *truth, config_.leap.months)) {
    if (const auto plan = leap_.planned())
      env_.observer.on_note(Severity::info,
                            std::string("a leap second is announced, to be ") +
                                (plan->leap == Leap::insert ? "inserted" : "left out") +
                                " at the end of " + last_day(*plan) + ": " +
                                plan_text(config_.leap.mode, *plan));
    else
      env_.observer.on_note(
          Severity::warning,
          "the leap second at the end of " + last_day(*before) + " is not announced any more");
  }
  arm();
}

bool LeapSeconds::is_for_kernel(const AnnouncedLeap& leap, const ClockReading& now) const {
  return config_.leap.mode == LeapMode::kernel && leap.support == LeapSupport::several &&
         discipline_.steering() && shows_last_day(now.wall, leap) &&
         magnitude(discipline_.estimate()->offset_of(now)) <= kKernelOffset;
}

Nanos LeapSeconds::time_left(const AnnouncedLeap& leap, const ClockReading& now) const {
  const Nanos left = leap.due() - *true_time(now.raw);
  if (!is_for_kernel(leap, now)) return left;
  return std::max(left, leap.due() - now.wall + kKernelLeapsWithin);
}

void LeapSeconds::arm() {
  set_tai_offset();
  if (timer_) env_.timers.cancel(*timer_);
  timer_.reset();
  const auto plan = discipline_.estimate() ? leap_.planned() : std::nullopt;
  if (!plan) return discipline_.arm_leap(Leap::none);
  const ClockReading now = env_.clock.now();
  discipline_.arm_leap(is_for_kernel(*plan, now) ? plan->leap : Leap::none);
  const Nanos left = std::max(time_left(*plan, now), 0ns);
  const Nanos wait = left > kTimedExactly ? left / 10 * 9 : left;
  timer_ = env_.timers.at(now.mono + wait, [this] {
    timer_.reset();
    on_timer();
  });
}

void LeapSeconds::on_timer() {
  const ClockReading now = env_.clock.now();
  engine_.look_at_clocks();  // the kernel may have leapt: then nothing is planned any more
  const auto plan = leap_.planned();
  if (!plan) return;
  if (time_left(*plan, now) > 0ns) return arm();
  const bool follow =
      config_.leap.mode == LeapMode::slew ||
      (config_.leap.mode == LeapMode::kernel && plan->support == LeapSupport::several);
  leap_.finish(follow);
  if (follow) {
    ClockEvent event = *event_of({Sign::announced}, now, 0ns);
    event.phase_shift = plan->shift();
    return engine_.on_leap(std::move(event));
  }
  arm();
  if (config_.leap.mode != LeapMode::ignore && !discipline_.fixed_interval()) sources_.burst();
  engine_.publish();
}

void LeapSeconds::match(ClockEvent& event) {
  const auto now = true_time(env_.clock.now().raw);
  if (event.cause != JumpCause::leap || event.size == 0ns || !now ||
      config_.leap.mode == LeapMode::ignore)
    return;
  const auto plan = leap_.planned();
  if (leap_.accounts_for(event.size, *now)) {
    event.phase_shift = 0ns;
  } else if (plan && (plan->shift() < 0ns) == (event.size < 0ns)) {
    leap_.finish(true);
  } else {
    return;
  }
  event.witnesses += " " + std::string(to_string(Sign::announced));
}

bool LeapSeconds::is_close(RawTime when) const {
  const auto truth = true_time(when);
  return truth && config_.leap.mode != LeapMode::ignore && leap_.is_close(*truth);
}

std::optional<HostMove> LeapSeconds::expected() const {
  const ClockReading now = env_.clock.now();
  const auto truth = true_time(now.raw);
  if (!truth || config_.leap.mode == LeapMode::ignore) return std::nullopt;
  const auto by = leap_.expected(*truth);
  if (!by) return std::nullopt;
  return HostMove{.by = *by, .uncertainty = kAboutASecond, .seen = now.mono};
}

void LeapSeconds::settle(Nanos moved) {
  const auto move = expected();
  if (move && magnitude(moved - move->by) <= move->uncertainty) leap_.settle();
}

std::optional<LeapView> LeapSeconds::view() const {
  const auto plan = leap_.planned();
  if (!plan) return std::nullopt;
  return LeapView{.leap = plan->leap,
                  .month_end = plan->month_end,
                  .mode = config_.leap.mode,
                  .in_kernel = discipline_.armed_leap() != Leap::none};
}

void LeapSeconds::use_list(std::optional<LeapList> list) {
  list_ = std::move(list);
  set_tai_offset();
}

std::optional<TaiView> LeapSeconds::tai() const {
  if (!list_) return std::nullopt;
  return TaiView{tai_offset_, list_->expires};
}

void LeapSeconds::set_tai_offset() {
  if (!list_) tai_offset_.reset();
  if (list_ && discipline_.phase() == Phase::sync) {
    // An inserted second is the last of its month, and CLOCK_TAI runs through it.
    const WallTime now = *true_time(env_.clock.now().raw);
    tai_offset_ = list_->tai_offset(leap_.is_inserted(now) ? now + 1s : now);
  }
  discipline_.tell_tai_offset(tai_offset_);
}

}  // namespace slewd::core
