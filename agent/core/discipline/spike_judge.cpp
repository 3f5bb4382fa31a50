// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/spike_judge.hpp"

#include <algorithm>
#include <array>

#include "agent/core/estimate/line_fit.hpp"

namespace slewd::core {

Nanos SpikeJudge::threshold(double sd) const {
  return std::min(config_.large_phase_offset, std::max(config_.spike_floor, from_seconds(8 * sd)));
}

bool SpikeJudge::hold_complete(int accepted) const { return accepted >= config_.hold_samples; }

bool SpikeJudge::any_offset(Phase phase) const {
  return phase == Phase::unset || phase == Phase::hold || phase == Phase::observe;
}

void SpikeJudge::clear() {
  votes_.clear();
  began_.reset();
}

// They agree when they lie on a line: an oscillator that has changed moves away from its old
// prediction at a new rate, and must not look like a server that cannot make up its mind.
bool SpikeJudge::last_five_agree() const {
  if (votes_.size() < kRing) return false;
  std::array<Point, kRing> points;
  Nanos tolerance = votes_.front().tolerance;
  for (std::size_t i = 0; i < kRing; ++i) {
    const Vote& vote = votes_[i];
    if (vote.agrees_with_old) return false;
    points[i] = {to_seconds(vote.at - votes_.front().at),
                 to_seconds(vote.residual - votes_.front().residual)};
    tolerance = std::min(tolerance, vote.tolerance);
  }
  return 2 * fit_line(points).worst <= to_seconds(tolerance);
}

bool SpikeJudge::vouched_for(const CombinedSample& newest) const {
  if (newest.sources >= 2) return true;
  // The watch stretches with the poll: at long polls 900 s hold no five samples (KB2638243).
  const Nanos watch = std::max(config_.spike_watch, 5 * newest.poll_interval);
  return began_ && newest.at - *began_ >= watch;
}

PhaseEvent SpikeJudge::judge(Phase phase, const CombinedSample& sample) {
  const Nanos limit = threshold(sample.sd);
  const bool agrees = magnitude(sample.residual) <= limit;
  if (agrees && phase != Phase::spike) {
    clear();
    return PhaseEvent::sample_good;
  }
  if (!agrees && sample.vouched) {
    clear();
    return PhaseEvent::spike_confirmed;
  }
  if (!began_) began_ = sample.at;
  if (votes_.size() == kRing) votes_.erase(votes_.begin());
  votes_.push_back({agrees, sample.at, sample.residual, limit});
  const auto refuting = std::ranges::count_if(votes_, &Vote::agrees_with_old);
  if (refuting >= kRefutes) {
    clear();
    return PhaseEvent::spike_refuted;
  }
  if (last_five_agree() && vouched_for(sample)) {
    clear();
    return PhaseEvent::spike_confirmed;
  }
  return agrees ? PhaseEvent::sample_good : PhaseEvent::sample_spike;
}

}  // namespace slewd::core
