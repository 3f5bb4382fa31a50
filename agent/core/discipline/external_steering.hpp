// SPDX-License-Identifier: Apache-2.0
// Other programs that steer this clock: when it is left to them, when it is taken back, and when
// steering may begin again. Core thread only.
#pragma once

#include <optional>
#include <string>

#include "agent/core/config.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

class ExternalSteering {
 public:
  // `config` is read at each call.
  explicit ExternalSteering(const CoreConfig& config) : config_(config) {}

  // A process that is known to steer clocks runs; empty = none does. True where another one ran
  // before.
  bool set_process(const std::string& process);
  [[nodiscard]] const std::string& process() const { return process_; }
  // Whether a process runs for which mode auto stands aside.
  [[nodiscard]] bool yields() const { return config_.mode == Mode::automatic && !process_.empty(); }
  // Why the clock is not steered beside the process that runs, or that it is.
  [[nodiscard]] std::string text() const;

  // Another program has changed the frequency or started an adjtime(). Whether mode takeover sets
  // it back once more; else the clock is left to the other.
  [[nodiscard]] bool takes_back(MonoTime now);

  // Whether slewd observes because of another program.
  void set_stood_aside(bool aside) { stood_aside_ = aside; }
  // No other program has steered for a while: whether slewd steers again.
  [[nodiscard]] bool may_return() const {
    return stood_aside_ && !yields() && config_.mode != Mode::observe;
  }
  // Steering begins anew.
  void reset() { reassertions_ = 0; }

 private:
  const CoreConfig& config_;
  std::string process_;
  bool stood_aside_ = false;
  std::optional<MonoTime> reasserted_;  // last
  int reassertions_ = 0;
};

}  // namespace slewd::core
