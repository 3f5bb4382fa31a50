// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/phase_judge.hpp"

#include "agent/core/discipline/spike_judge.hpp"
#include "agent/core/discipline/w32time_judge.hpp"

namespace slewd::core {

std::unique_ptr<PhaseJudge> make_judge(const CoreConfig& config) {
  switch (config.phase.profile) {
    case Profile::w32time:
      return std::make_unique<W32timeJudge>(config);
    case Profile::native:
      break;
  }
  return std::make_unique<SpikeJudge>(config.phase);
}

}  // namespace slewd::core
