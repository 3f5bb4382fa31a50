#include "agent/core/phase_judge.hpp"

#include "agent/core/spike_judge.hpp"
#include "agent/core/w32time_judge.hpp"

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
