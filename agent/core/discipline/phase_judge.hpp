// SPDX-License-Identifier: Apache-2.0
// Decides which event a combined sample is for the phase machine: one judge for each profile.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "agent/core/config.hpp"
#include "agent/core/discipline/phase.hpp"
#include "agent/core/sample.hpp"

namespace slewd::core {

// What the selected sources say together at one sample, against what we expected.
struct CombinedSample {
  Estimate estimate;
  Nanos residual{};         // estimate less prediction
  double sd = 0;            // s: standard deviation of the residual
  std::size_t sources = 0;  // that agree
  bool vouched = false;     // another witness has shown this residual: no vote is needed
  MonoTime at;
  Nanos poll_interval{};
};

class PhaseJudge {
 public:
  virtual ~PhaseJudge() = default;

  // Which event this sample is for the phase machine, in `phase`.
  [[nodiscard]] virtual PhaseEvent judge(Phase phase, const CombinedSample& sample) = 0;
  // In Hold: whether it is over, with `accepted` samples since it began.
  [[nodiscard]] virtual bool hold_complete(int accepted) const = 0;
  // Whether one source's filter follows an offset of any size at once, in `phase`.
  [[nodiscard]] virtual bool any_offset(Phase phase) const = 0;
  // Whether a step by another program is acted on at once (Disrupted). If not, the next samples
  // show it, and are judged.
  [[nodiscard]] virtual bool heeds_external_steps() const = 0;
  // At which interval alone sources are polled once Sync has been reached; empty = by PollPolicy.
  [[nodiscard]] virtual std::optional<Nanos> fixed_interval() const = 0;
  // The time from one beat of the legacy timer to the next, counted anew from each sample; empty =
  // there is none, and only samples move the phase.
  [[nodiscard]] virtual std::optional<Nanos> legacy_pace() const = 0;
  // One beat at `at`: whether `phase` moves by it (PhaseEvent::legacy_advance).
  [[nodiscard]] virtual bool beat(Phase phase, MonoTime at) = 0;
};

// The judge that config.phase.profile names. Never null.
[[nodiscard]] std::unique_ptr<PhaseJudge> make_judge(const CoreConfig& config);

}  // namespace slewd::core
