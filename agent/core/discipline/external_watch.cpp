// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/external_watch.hpp"

#include <algorithm>
#include <utility>

namespace slewd::core {
namespace {

constexpr std::size_t kStepsThatSteer = 8;
constexpr Nanos kStepsCountFor = std::chrono::hours(1);
// A clock that is not left alone for that long had not been given back.
constexpr Nanos kRelapse = std::chrono::hours(12);

}  // namespace

bool ExternalWatch::doubts(const ClockReading& now, const Programmed& programmed) {
  // The kernel ends a single shot by itself: no slope is wrong while one may run.
  if (programmed.single_shot) {
    hint_.forget();
    return true;
  }
  const auto rate = programmed.total ? programmed.total : found_;
  if (!rate && !refused_) return true;
  return hint_.look(now, rate, programmed.changes).has_value();
}

ExternalSigns ExternalWatch::compare(const ClockReading& now, const Result<KernelReadback>* kernel,
                                     const Programmed& programmed) {
  ExternalSigns found;
  if (kernel != nullptr) {
    admitted_.reset();
    admitted_changes_ = programmed.changes;
    moves_ = false;
    refused_ = !*kernel;
  }
  if (kernel != nullptr && *kernel) {
    const KernelReadback& said = **kernel;
    admitted_ = said.frequency;
    const auto expected = programmed.total ? programmed.total : found_;
    if (expected) found.rate_change = said.frequency - *expected;
    found.signs.add_if(magnitude(found.rate_change) > kReadBackTolerance, Sign::read_back);
    const bool shot = said.singleshot_remaining != Nanos{0};
    const bool loop = said.loop_offset != Nanos{0};
    found.signs.add_if(shot && !programmed.single_shot, Sign::adjtime);
    found.signs.add_if(loop, Sign::kernel_loop);
    if (shot && !programmed.single_shot) found.adjtime = said.singleshot_remaining;
    moves_ = shot || loop;
  }
  // A kernel that admits to what we set is taken to do so at the next setting.
  const bool known = admitted_changes_ == programmed.changes;
  const auto rate = known || !admitted_ ? admitted_ : programmed.total;
  found_ = programmed.total ? std::nullopt : rate;
  if (moves_ || programmed.single_shot) {
    slope_.forget();
    return found;
  }
  const auto difference = slope_.look(now, rate, programmed.changes);
  if (!difference) return found;
  found.signs.add(Sign::mono_raw);
  if (!found.signs.has(Sign::read_back)) found.rate_change = *difference;
  return found;
}

void ExternalWatch::note_sign(MonoTime now) {
  last_sign_ = now;
  if (!view_.detected) {
    const bool relapse = ended_ && now - *ended_ < kRelapse;
    quiet_time_ = relapse ? std::min(2 * quiet_time_, kLongestQuietTime) : kQuietTime;
    ++view_.events;
  }
  view_.detected = true;
  // A name says more than a sign.
  if (!process_.empty())
    view_.who = process_;
  else if (view_.who.empty())
    view_.who = "an unknown program";
}

void ExternalWatch::on_external_step(MonoTime now) {
  std::erase_if(steps_, [now](MonoTime each) { return now - each > kStepsCountFor; });
  steps_.push_back(now);
}

bool ExternalWatch::steps_again_and_again(MonoTime now) {
  if (steps_.size() < kStepsThatSteer) return false;
  steps_.clear();
  note_sign(now);
  return true;
}

std::optional<ExternalSigns> ExternalWatch::look(const ClockReading& now,
                                                 const Result<KernelReadback>* kernel,
                                                 const MachineSigns& signs,
                                                 const Programmed& programmed) {
  process_ = signs.discipliner;
  const ExternalSigns found = compare(now, kernel, programmed);
  if (!process_.empty()) note_sign(now.mono);
  if (found.signs.empty()) {
    if (view_.detected && now.mono - *last_sign_ >= quiet_time_) {
      view_.detected = false;
      ended_ = now.mono;
      view_.who.clear();
    }
    return std::nullopt;
  }
  const auto before = std::exchange(last_steering_, now.mono);
  // What a daemon that is known to run does to the clock is no news.
  const bool first = process_.empty() && (!before || now.mono - *before >= quiet_time_);
  note_sign(now.mono);
  const bool news = programmed.total || first;
  if (!news) return std::nullopt;
  return found;
}

}  // namespace slewd::core
