// SPDX-License-Identifier: Apache-2.0
#include "lab/demo/demo_steps.hpp"

#include <algorithm>
#include <cstdio>

#include "base/duration.hpp"
#include "base/text.hpp"

#include "lab/demo/demo_script.hpp"

namespace slewd::lab {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kTurn = 10ms;
constexpr Nanos kCalmBeforeTheStep = 2s;
constexpr Nanos kProgressEvery = 5s;
constexpr Nanos kSettled = 1ms;

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

std::string_view title(DemoStep step) {
  switch (step) {
    case DemoStep::locked:
      return "the clock is locked to the servers";
    case DemoStep::stepped:
      return "another program steps the clock back";
    case DemoStep::detected:
      return "slewd detects the jump";
    case DemoStep::victim_dead:
      return "the mail service dies";
    case DemoStep::rule_fired:
      return "a rule acts";
    case DemoStep::restarted:
      return "the service is restarted and logins work again";
    case DemoStep::settled:
      return "the clock is slewed to true time";
    case DemoStep::never_backwards:
      return "slewd never moved the clock backwards";
  }
  return "";
}

}  // namespace

DemoSteps::DemoSteps(app::Daemon& daemon, DemoMachine& machine, SharedWall& page,
                     const StepsOptions& options)
    : daemon_(daemon),
      machine_(machine),
      page_(page),
      options_(options),
      loop_(machine.stamp_clock()),
      began_(machine.stamp_clock().now().mono) {}

void DemoSteps::run() {
  print(
      "three NTP servers on loopback; the clock starts 40 ms behind, and its oscillator is 23 ppm "
      "slow");
  turn();
  loop_.run();
  page_.end_demo();
  daemon_.stop();
}

Nanos DemoSteps::since_start() const { return machine_.stamp_clock().now().mono - began_; }

void DemoSteps::print(const std::string& text) {
  std::printf("[%s s] %s\n", format_fixed(to_seconds(since_start()), 1).c_str(), text.c_str());
  (void)std::fflush(stdout);
}

bool DemoSteps::done(DemoStep step) const { return std::ranges::find(done_, step) != done_.end(); }

void DemoSteps::finish_step(DemoStep step, const std::string& text) {
  done_.push_back(step);
  print(text);
}

std::vector<std::string> DemoSteps::missing() const {
  std::vector<std::string> missing;
  for (const DemoStep step :
       {DemoStep::locked, DemoStep::stepped, DemoStep::detected, DemoStep::victim_dead,
        DemoStep::rule_fired, DemoStep::restarted, DemoStep::settled, DemoStep::never_backwards})
    if (!done(step)) missing.emplace_back(title(step));
  return missing;
}

void DemoSteps::turn() {
  const core::ClockReading now = machine_.clock().now();
  page_.publish(now.raw, now.wall);
  watch_the_clock(now);
  const auto snapshot = daemon_.snapshots().latest();
  const auto status = daemon_.statuses().latest();
  if (snapshot && status) advance(*snapshot, *status);
  const bool finished = done(DemoStep::never_backwards);
  const bool out_of_time = options_.length && since_start() >= *options_.length;
  if (out_of_time || (options_.check && finished)) return loop_.stop();
  loop_.at(machine_.stamp_clock().now().mono + kTurn, [this] { turn(); });
}

void DemoSteps::watch_the_clock(const core::ClockReading& now) {
  if (last_wall_ && now.wall < *last_wall_) went_back_ = true;
  last_wall_ = now.wall;
}

void DemoSteps::advance(const core::Snapshot& snapshot, const rules::Status& status) {
  if (!done(DemoStep::stepped)) return wait_for_lock(snapshot, status);
  if (!done(DemoStep::detected)) wait_for_detection(snapshot);
  if (!done(DemoStep::victim_dead)) return wait_for_death(status);
  if (!done(DemoStep::restarted)) wait_for_repair(status);
  if (!done(DemoStep::settled)) wait_for_settled(snapshot);
}

void DemoSteps::wait_for_lock(const core::Snapshot& snapshot, const rules::Status& status) {
  const MonoTime real = machine_.stamp_clock().now().mono;
  if (!done(DemoStep::locked)) {
    if (snapshot.phase.phase != core::Phase::sync) return;
    locked_at_ = real;
    return finish_step(DemoStep::locked,
                       "locked: phase Sync, error bound " +
                           format_rounded(snapshot.clock.error_bound.value_or(Nanos{0})) +
                           ", true error " + format_rounded(machine_.true_offset()));
  }
  const rules::ProbeView* probe = find_probe(status);
  const bool service_is_up = probe != nullptr && probe->state == rules::ProbeState::ok;
  if (!service_is_up || real - *locked_at_ < kCalmBeforeTheStep) return;
  const auto step = machine_.step_externally(kDemoStep);
  stepped_at_ = step.at;
  stepped_real_ = real;
  const core::ClockReading after = machine_.clock().now();
  page_.publish(after.raw, after.wall);
  last_wall_ = after.wall;  // the external step is not slewd's
  finish_step(DemoStep::stepped, "another program steps the clock by " + format_rounded(kDemoStep));
}

void DemoSteps::wait_for_detection(const core::Snapshot& snapshot) {
  for (const core::ClockEvent& jump : snapshot.jumps.recent) {
    if (jump.cause != core::JumpCause::external_step) continue;
    next_progress_ = machine_.stamp_clock().now().mono + kProgressEvery;
    return finish_step(DemoStep::detected,
                       "slewd detected it after " + format_rounded(jump.seen_mono - stepped_at_) +
                           ": " + std::string(to_string(jump.cause)) + ", " +
                           format_rounded(jump.size) + " (" + jump.witnesses + ")");
  }
}

void DemoSteps::wait_for_death(const rules::Status& status) {
  const rules::ProbeView* probe = find_probe(status);
  if (probe == nullptr || probe->state != rules::ProbeState::failed) return;
  finish_step(DemoStep::victim_dead, "the mail service is dead: " + probe->detail);
}

void DemoSteps::wait_for_repair(const rules::Status& status) {
  const rules::RuleView* rule = find_rule(status);
  const rules::Outcome* outcome = find_outcome(status);
  const bool fired =
      outcome != nullptr || (rule != nullptr && rule->state == rules::RuleState::firing);
  if (!done(DemoStep::rule_fired)) {
    if (!fired) return;
    finish_step(DemoStep::rule_fired,
                "rule " + std::string(kDemoRule) + " acts: " + (rule != nullptr ? rule->when : ""));
  }
  if (outcome == nullptr || outcome->ending != rules::Ending::verified) return;
  finish_step(DemoStep::restarted,
              outcome->action + ": " + std::string(to_string(outcome->ending)) + " after " +
                  format_rounded(outcome->took) + " (" + outcome->detail + ")");
}

void DemoSteps::wait_for_settled(const core::Snapshot& snapshot) {
  const Nanos error = machine_.true_offset();
  if (magnitude(error) < kSettled) {
    finish_step(DemoStep::settled,
                "the clock shows true time again: error " + format_rounded(error) +
                    ", slewed without a step, " +
                    format_rounded(machine_.stamp_clock().now().mono - stepped_real_) +
                    " after the step");
    if (!went_back_)
      finish_step(DemoStep::never_backwards, "the clock has not gone backwards since the step");
    if (!options_.check && !options_.length)
      print("all steps are done; the demo continues until Ctrl-C");
    return;
  }
  const MonoTime real = machine_.stamp_clock().now().mono;
  if (!done(DemoStep::detected) || real < next_progress_) return;
  next_progress_ = real + kProgressEvery;
  const Nanos eta = snapshot.clock.convergence.value_or(Nanos{0});
  print("slewing: " + format_rounded(error) + " left at " +
        format_fixed(snapshot.clock.slew_rate.value / 1e4, 1) + " %, about " + format_rounded(eta) +
        " more");
}

}  // namespace slewd::lab
