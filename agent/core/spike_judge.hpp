// Is a far-off offset the truth or a spike? Only samples decide (design section 6): three of the
// last five that agree with the old prediction refute it; five in a row that agree with each other
// confirm it, once a second source or the watch vouches for them.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "agent/core/config.hpp"
#include "agent/core/phase.hpp"
#include "agent/core/sample.hpp"

namespace slewd::core {

// What the selected sources say together at one sample, against what we expected.
struct CombinedSample {
  Estimate estimate;
  Nanos residual{};         // estimate less prediction
  double sd = 0;            // s: standard deviation of the residual
  std::size_t sources = 0;  // that agree
  MonoTime at;
  Nanos poll_interval{};
};

class SpikeJudge {
 public:
  explicit SpikeJudge(const PhaseConfig& config) : config_(config) {}

  // How far a combined sample may be off and still be no spike.
  [[nodiscard]] Nanos threshold(double sd) const;

  // Which event this sample is for the phase machine, in `phase`.
  // Outside Spike and Disrupted, a good sample clears the memory.
  [[nodiscard]] PhaseEvent judge(Phase phase, const CombinedSample& sample);
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
