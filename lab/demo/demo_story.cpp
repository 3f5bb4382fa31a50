// SPDX-License-Identifier: Apache-2.0
#include "lab/demo/demo_story.hpp"

#include <algorithm>
#include <cstdio>

#include "base/duration.hpp"
#include "base/text.hpp"

#include "lab/demo/demo_script.hpp"

namespace slewd::lab {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kStoryTurn = 10ms;
constexpr Nanos kCalmBeforeTheStep = 2s;
constexpr Nanos kProgressEvery = 5s;
constexpr Nanos kHome = 1ms;

const rules::ProbeView* find_probe(const rules::Status& status) {
  const auto found = std::ranges::find(status.probes, kDemoProbe, &rules::ProbeView::name);
  return found == status.probes.end() ? nullptr : &*found;
}

const rules::RuleView* find_rule(const rules::Status& status) {
  const auto found = std::ranges::find(status.rules, kDemoRule, &rules::RuleView::name);
  return found == status.rules.end() ? nullptr : &*found;
}

const rules::Outcome* find_outcome(const rules::Status& status) {
  const auto found = std::ranges::find(status.recent, kDemoRule, &rules::Outcome::rule);
  return found == status.recent.end() ? nullptr : &*found;
}

std::string_view title(Chapter chapter) {
  switch (chapter) {
    case Chapter::locked:
      return "the clock is locked to the servers";
    case Chapter::stepped:
      return "an outsider steps the clock back";
    case Chapter::seen:
      return "slewd sees the jump";
    case Chapter::victim_dead:
      return "the mail service dies of it";
    case Chapter::rule_fired:
      return "a rule fires";
    case Chapter::restarted:
      return "the service is restarted and a login proves it";
    case Chapter::home:
      return "the clock is slewed home";
    case Chapter::never_backwards:
      return "slewd never moved the clock backwards";
  }
  return "";
}

}  // namespace

DemoStory::DemoStory(app::Daemon& daemon, DemoMachine& machine, SharedWall& page,
                     const StoryOptions& options)
    : daemon_(daemon),
      machine_(machine),
      page_(page),
      options_(options),
      loop_(machine.stamp_clock()),
      began_(machine.stamp_clock().now().mono) {}

void DemoStory::run() {
  tell(
      "three NTP servers answer on loopback; the clock starts 40 ms behind, on an oscillator "
      "23 ppm slow");
  turn();
  loop_.run();
  page_.close_show();
  daemon_.stop();
}

Nanos DemoStory::since_start() const { return machine_.stamp_clock().now().mono - began_; }

void DemoStory::tell(const std::string& text) {
  std::printf("[%s s] %s\n", format_fixed(to_seconds(since_start()), 1).c_str(), text.c_str());
  (void)std::fflush(stdout);
}

bool DemoStory::done(Chapter chapter) const {
  return std::ranges::find(told_, chapter) != told_.end();
}

void DemoStory::finish_chapter(Chapter chapter, const std::string& text) {
  told_.push_back(chapter);
  tell(text);
}

std::vector<std::string> DemoStory::missing() const {
  std::vector<std::string> lacking;
  for (const Chapter chapter :
       {Chapter::locked, Chapter::stepped, Chapter::seen, Chapter::victim_dead, Chapter::rule_fired,
        Chapter::restarted, Chapter::home, Chapter::never_backwards})
    if (!done(chapter)) lacking.emplace_back(title(chapter));
  return lacking;
}

void DemoStory::turn() {
  const core::ClockReading now = machine_.clock().now();
  page_.publish(now.raw, now.wall);
  watch_the_clock(now);
  const auto snapshot = daemon_.snapshots().latest();
  const auto status = daemon_.statuses().latest();
  if (snapshot && status) advance(*snapshot, *status);
  const bool told = done(Chapter::never_backwards);
  const bool out_of_time = options_.length && since_start() >= *options_.length;
  if (out_of_time || (options_.check && told)) return loop_.stop();
  loop_.at(machine_.stamp_clock().now().mono + kStoryTurn, [this] { turn(); });
}

void DemoStory::watch_the_clock(const core::ClockReading& now) {
  if (last_wall_ && now.wall < *last_wall_) went_back_ = true;
  last_wall_ = now.wall;
}

void DemoStory::advance(const core::Snapshot& snapshot, const rules::Status& status) {
  if (!done(Chapter::stepped)) return wait_for_lock(snapshot, status);
  if (!done(Chapter::seen)) wait_for_sight(snapshot);
  if (!done(Chapter::victim_dead)) return wait_for_death(status);
  if (!done(Chapter::restarted)) wait_for_repair(status);
  if (!done(Chapter::home)) wait_for_home(snapshot);
}

void DemoStory::wait_for_lock(const core::Snapshot& snapshot, const rules::Status& status) {
  const MonoTime real = machine_.stamp_clock().now().mono;
  if (!done(Chapter::locked)) {
    if (snapshot.phase.phase != core::Phase::sync) return;
    locked_at_ = real;
    return finish_chapter(Chapter::locked,
                          "locked: phase Sync, error bound " +
                              format_rounded(snapshot.clock.error_bound.value_or(Nanos{0})) +
                              ", true error " + format_rounded(machine_.true_offset()));
  }
  const rules::ProbeView* probe = find_probe(status);
  const bool service_is_up = probe != nullptr && probe->state == rules::ProbeState::ok;
  if (!service_is_up || real - *locked_at_ < kCalmBeforeTheStep) return;
  const auto outsider = machine_.step_as_outsider(kDemoStep);
  stepped_at_ = outsider.at;
  stepped_real_ = real;
  const core::ClockReading after = machine_.clock().now();
  page_.publish(after.raw, after.wall);
  last_wall_ = after.wall;  // the outsider's step is not ours
  finish_chapter(Chapter::stepped, "an outsider steps the clock by " + format_rounded(kDemoStep));
}

void DemoStory::wait_for_sight(const core::Snapshot& snapshot) {
  for (const core::ClockEvent& jump : snapshot.jumps.recent) {
    if (jump.cause != core::JumpCause::external_step) continue;
    next_progress_ = machine_.stamp_clock().now().mono + kProgressEvery;
    return finish_chapter(
        Chapter::seen, "slewd saw it after " + format_rounded(jump.seen_mono - stepped_at_) + ": " +
                           std::string(to_string(jump.cause)) + ", " + format_rounded(jump.size) +
                           " (" + jump.witnesses + ")");
  }
}

void DemoStory::wait_for_death(const rules::Status& status) {
  const rules::ProbeView* probe = find_probe(status);
  if (probe == nullptr || probe->state != rules::ProbeState::failed) return;
  finish_chapter(Chapter::victim_dead, "the mail service is dead: " + probe->detail);
}

void DemoStory::wait_for_repair(const rules::Status& status) {
  const rules::RuleView* rule = find_rule(status);
  const rules::Outcome* outcome = find_outcome(status);
  const bool fired =
      outcome != nullptr || (rule != nullptr && rule->state == rules::RuleState::firing);
  if (!done(Chapter::rule_fired)) {
    if (!fired) return;
    finish_chapter(Chapter::rule_fired, "rule " + std::string(kDemoRule) +
                                            " fires: " + (rule != nullptr ? rule->when : ""));
  }
  if (outcome == nullptr || outcome->ending != rules::Ending::verified) return;
  finish_chapter(Chapter::restarted,
                 outcome->action + ": " + std::string(to_string(outcome->ending)) + " after " +
                     format_rounded(outcome->took) + " (" + outcome->detail + ")");
}

void DemoStory::wait_for_home(const core::Snapshot& snapshot) {
  const Nanos error = machine_.true_offset();
  if (magnitude(error) < kHome) {
    finish_chapter(
        Chapter::home,
        "the clock is home: true error " + format_rounded(error) + ", slewed all the way, " +
            format_rounded(machine_.stamp_clock().now().mono - stepped_real_) + " after the step");
    if (!went_back_)
      finish_chapter(Chapter::never_backwards, "and since the step it has not gone backwards once");
    if (!options_.check && !options_.length)
      tell("the story is told; the demo goes on until you end it with Ctrl-C");
    return;
  }
  const MonoTime real = machine_.stamp_clock().now().mono;
  if (!done(Chapter::seen) || real < next_progress_) return;
  next_progress_ = real + kProgressEvery;
  const Nanos eta = snapshot.clock.convergence.value_or(Nanos{0});
  tell("slewing: " + format_rounded(error) + " to go at " +
       format_fixed(snapshot.clock.slew_rate.value / 1e4, 1) + " %, about " + format_rounded(eta) +
       " left");
}

}  // namespace slewd::lab
