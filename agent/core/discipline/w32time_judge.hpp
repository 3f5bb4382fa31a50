// SPDX-License-Identifier: Apache-2.0
// Judges as the Windows Time service does: one threshold, and a watch after which any offset is
// taken. The four phases that both machines know are W32timeMachine's; the others are safety states
// of the phase table (docs/w32time.md).
#pragma once

#include "agent/core/discipline/phase_judge.hpp"
#include "agent/w32time/w32time_machine.hpp"

namespace slewd::core {

class W32timeJudge final : public PhaseJudge {
 public:
  explicit W32timeJudge(const CoreConfig& config);

  [[nodiscard]] PhaseEvent judge(Phase phase, const CombinedSample& sample) override;
  [[nodiscard]] bool hold_complete(int accepted) const override;
  // What is accepted is decided once, on what the sources say together.
  [[nodiscard]] bool any_offset(Phase) const override { return true; }
  [[nodiscard]] bool heeds_external_steps() const override { return false; }
  [[nodiscard]] std::optional<Nanos> fixed_interval() const override { return fixed_; }
  [[nodiscard]] std::optional<Nanos> legacy_pace() const override { return pace_; }
  [[nodiscard]] bool beat(Phase phase, MonoTime at) override;

 private:
  void follow(Phase phase);
  [[nodiscard]] std::chrono::seconds second_of(MonoTime at);

  W32timeSettings settings_;
  W32timeMachine machine_;
  std::optional<Nanos> fixed_;
  std::optional<Nanos> pace_;
  std::optional<MonoTime> origin_;  // of the machine's seconds: the first sample
};

}  // namespace slewd::core
