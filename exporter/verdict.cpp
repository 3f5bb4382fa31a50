// SPDX-License-Identifier: Apache-2.0
#include "exporter/verdict.hpp"

#include <algorithm>
#include <optional>

#include "base/duration.hpp"
#include "base/text.hpp"

namespace slewd::exporter {
namespace {

using core::ClockView;
using core::Phase;
using core::Snapshot;
using core::SourceState;
using core::SourceView;

// An estimate without an update for this many polls is old; a poll counts as 2 s at least.
constexpr int kOldPolls = 4;
constexpr Nanos kShortestPoll = std::chrono::seconds(2);
// An offset from here on is part of the verdict.
constexpr Nanos kLargeOffset = std::chrono::milliseconds(128);
constexpr std::size_t kMostNamed = 4;

// The inputs of all sentences.
struct Look {
  const Snapshot& snapshot;
  const ClockView& clock;
  MonoTime now;
};

std::string with_sign(Nanos offset) {
  return (offset > Nanos{0} ? "+" : "") + format_rounded(offset);
}

// "offset -10.0 ns, true error at most 1.38 ms, from time.example, Sync".
std::string figures(const Look& look) {
  std::string text;
  const auto join = [&](const std::string& part) { append_item(text, part); };
  if (look.clock.offset) join("offset " + with_sign(*look.clock.offset));
  if (look.clock.error_bound) join("true error at most " + format_rounded(*look.clock.error_bound));
  for (const SourceView& source : look.snapshot.sources)
    if (source.state == SourceState::selected && answers(source)) join("from " + source.name);
  join(std::string(to_string(look.snapshot.phase.phase)));
  return text;
}

std::string slewing(const ClockView& clock) {
  std::string text = "slewing, " + format_rounded(clock.slew_remaining) + " to go";
  if (clock.convergence) text += ", done in " + format_rounded(*clock.convergence);
  return text;
}

// Why there is no estimate: the reason of the first source that answers and is not used.
std::string nothing_usable(const Snapshot& snapshot) {
  if (snapshot.sources.empty()) return "no usable sample yet: no sources are configured";
  for (const bool followable : {true, false}) {
    for (const SourceView& source : snapshot.sources) {
      const bool heard = source.responses > 0 ||
                         std::ranges::any_of(source.rejected, [](auto count) { return count > 0; });
      if (heard && followable == (source.state != SourceState::noselect))
        return "no usable sample yet: " + source.name + ": " + source.reason;
    }
  }
  return "no usable sample yet: no source has answered";
}

// "no majority of the sources agrees on the time: a says +5.00 s, b says +6.63 us".
std::string disagreement(const Snapshot& snapshot) {
  std::string text;
  std::size_t named = 0;
  for (const SourceView& source : snapshot.sources) {
    if (!source.offset || source.state != SourceState::falseticker || ++named > kMostNamed)
      continue;
    text += (text.empty() ? ": " : ", ") + source.name + " says " + with_sign(*source.offset);
  }
  return "no majority of the sources agrees on the time" + text;
}

bool is_banned(const SourceView& source, MonoTime now) {
  return source.banned_until && now < *source.banned_until;
}

// Why no source is used although some answer; empty = no rule has banned them all.
std::string ban_text(const Snapshot& snapshot, MonoTime now) {
  std::optional<MonoTime> first;
  for (const SourceView& source : snapshot.sources) {
    if (!answers(source)) continue;
    if (!is_banned(source, now)) return "";
    first = std::min(first.value_or(*source.banned_until), *source.banned_until);
  }
  if (!first) return "";
  return "all sources are banned by a rule for another " + format_rounded(*first - now) +
         "; to lift the ban: slewctl reload";
}

bool may_be_followed(const SourceView& source) { return source.state != SourceState::noselect; }

bool any_answers(const Snapshot& snapshot) {
  return std::ranges::any_of(snapshot.sources, [](const SourceView& source) {
    return may_be_followed(source) && answers(source);
  });
}

bool is_old(const Look& look) {
  if (!look.clock.last_update) return true;
  Nanos poll = std::max({kShortestPoll, look.snapshot.poll_range.minimum,
                         look.clock.update_interval.value_or(Nanos{0})});
  for (const SourceView& source : look.snapshot.sources)
    if (may_be_followed(source) && answers(source))
      poll = std::max(poll, source.poll_interval.value_or(Nanos{0}));
  return (look.now - *look.clock.last_update) / kOldPolls > poll;
}

std::string since_update(const Look& look) {
  if (!look.clock.last_update) return "";
  return " (last update " + format_rounded(look.now - *look.clock.last_update) + " ago)";
}

std::string disturbance(const Look& look) {
  const auto& recent = look.snapshot.jumps.recent;
  const bool known = !recent.empty() && !recent.back().former &&
                     recent.back().seen_mono >= look.snapshot.phase.since;
  return "the clock was disturbed" +
         (known ? " (" + std::string(to_string(recent.back().cause)) + ")" : std::string()) +
         ", no sample since then";
}

// "alarm, the clock is off by 9.50 h, ...; to end it now: slewctl step --to-true".
std::string alarm_text(const Snapshot& snapshot) {
  if (!snapshot.alarm) return "alarm";
  return "alarm, " + snapshot.alarm->text +
         "; to end it now: " + std::string(core::advice_on(snapshot.alarm->reason).command);
}

// The problem shown by the phase alone; empty in Sync and Observe.
std::optional<Verdict> judge_phase(const Look& look) {
  switch (look.snapshot.phase.phase) {
    case Phase::unset:
      return Verdict{Level::unknown, nothing_usable(look.snapshot)};
    case Phase::hold:
      return Verdict{Level::warning, "settling"};
    case Phase::spike:
      return Verdict{Level::warning, "watching a spike, no corrections"};
    case Phase::disrupted:
      return Verdict{Level::critical, disturbance(look)};
    case Phase::holdover:
      return Verdict{
          Level::warning,
          "no source gives a usable answer, coasting on the last estimate" + since_update(look)};
    case Phase::alarm:
      return Verdict{Level::critical, alarm_text(look.snapshot)};
    case Phase::sync:
    case Phase::observe:
      break;
  }
  return std::nullopt;
}

// The first problem; empty = none.
std::string warning_of(const Look& look, bool synchronized) {
  const Snapshot& snapshot = look.snapshot;
  if (std::ranges::none_of(snapshot.sources, may_be_followed))
    return "all sources are marked noselect";
  if (!any_answers(snapshot)) return "no source gives a usable answer" + since_update(look);
  if (is_old(look)) return "the estimate is old" + since_update(look);
  if (!snapshot.steering && snapshot.mode != core::Mode::observe)
    return "not steered (" + snapshot.observe_reason + ")";
  if (look.clock.frequency_state != core::FrequencyState::plausible)
    return look.clock.frequency_doubt;
  if (snapshot.steering && magnitude(look.clock.slew_remaining) >= kLargeOffset)
    return slewing(look.clock);
  if (magnitude(*look.clock.offset) >= kLargeOffset) return "off";
  if (!synchronized)
    return "not synchronized: the bound is above synchronized_bound (" +
           format_rounded(snapshot.synchronized_bound) + ")";
  if (undisciplined(snapshot))
    return "no program disciplines this clock (mode observe, and the kernel says unsynchronized)";
  return {};
}

bool is_synchronized(const Look& look) {
  const Phase phase = look.snapshot.phase.phase;
  return look.clock.synchronized && look.clock.offset && look.clock.error_bound &&
         *look.clock.error_bound <= look.snapshot.synchronized_bound && phase != Phase::unset &&
         phase != Phase::alarm;
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::ok:
      return "ok";
    case Level::warning:
      return "warning";
    case Level::critical:
      return "critical";
    case Level::unknown:
      return "unknown";
  }
  return "";
}

bool answers(const SourceView& source) {
  constexpr unsigned kLastFourPolls = 0x0f;
  return (source.reach & kLastFourPolls) != 0;
}

bool undisciplined(const Snapshot& snapshot) {
  return snapshot.mode == core::Mode::observe && !snapshot.external.detected && snapshot.kernel &&
         snapshot.kernel->unsynchronized;
}

bool is_stuck(const Snapshot& snapshot, MonoTime now) { return now - snapshot.due > kStuckAfter; }

Verdict judge(const Snapshot& snapshot, const core::ClockReading& now) {
  if (is_stuck(snapshot, now.mono))
    return {Level::critical, "stuck: the core has not published for " +
                                 format_rounded(now.mono - snapshot.published)};
  const ClockView clock = core::clock_at(snapshot, now);
  const Look look{snapshot, clock, now.mono};
  const bool held = !snapshot.alarm || snapshot.alarm->reason == core::AlarmReason::no_majority;
  if (const std::string banned = ban_text(snapshot, now.mono); held && !banned.empty())
    return {snapshot.alarm ? Level::critical : Level::warning, banned + ": " + figures(look),
            is_synchronized(look)};
  if (snapshot.majority_lost)
    return {Level::critical, disagreement(core::carried_to(snapshot, now)) + "; " + figures(look)};
  const bool synchronized = is_synchronized(look);
  if (auto found = judge_phase(look)) {
    if (found->level != Level::unknown) found->text += ": " + figures(look);
    found->synchronized = synchronized;
    return *found;
  }
  if (!clock.offset || !clock.error_bound) return {Level::unknown, nothing_usable(snapshot)};
  const std::string warning = warning_of(look, synchronized);
  if (warning.empty()) return {Level::ok, figures(look), synchronized};
  return {Level::warning, warning + ": " + figures(look), synchronized};
}

}  // namespace slewd::exporter
