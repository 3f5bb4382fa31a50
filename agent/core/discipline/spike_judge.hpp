// SPDX-License-Identifier: Apache-2.0
// Is a far-off offset the truth or a spike? Only samples decide (design section 6): three of the
// last five that agree with the old prediction refute it; five in a row that agree with each other
// confirm it, once a second source or the watch vouches for them.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "agent/core/discipline/phase_judge.hpp"

namespace slewd::core {

class SpikeJudge final : public PhaseJudge {
 public:
  explicit SpikeJudge(const PhaseConfig& config) : config_(config) {}

  // How far a combined sample may be off and still be no spike.
  [[nodiscard]] Nanos threshold(double sd) const;

  // Outside Spike, a good sample clears the memory.
  [[nodiscard]] PhaseEvent judge(Phase phase, const CombinedSample& sample) override;
  [[nodiscard]] bool hold_complete(int accepted) const override;
  [[nodiscard]] bool any_offset(Phase phase) const override;
  [[nodiscard]] bool heeds_external_steps() const override { return true; }
  [[nodiscard]] std::optional<Nanos> fixed_interval() const override { return std::nullopt; }
  [[nodiscard]] std::optional<Nanos> legacy_pace() const override { return std::nullopt; }
  [[nodiscard]] bool beat(Phase, MonoTime) override { return false; }
  void clear();

 private:
  [[nodiscard]] bool last_five_agree() const;
  [[nodiscard]] bool vouched_for(const CombinedSample& newest) const;

  static constexpr std::size_t kRing = 5;
  static constexpr int kRefutes = 3;
  struct Vote {
    bool agrees_with_old = false;
    MonoTime at;
    Nanos residual{};
    Nanos tolerance{};
  };
  PhaseConfig config_;
  std::vector<Vote> votes_;
  std::optional<MonoTime> began_;
};

}  // namespace slewd::core
