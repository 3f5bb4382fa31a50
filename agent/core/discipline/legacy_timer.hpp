// SPDX-License-Identifier: Apache-2.0
// The timer that moves the phase beside the samples under `profile: w32time` (KB2638243): started
// anew by each sample, it beats at the judge's pace.
#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "base/timeline.hpp"

namespace slewd::core {

class LegacyTimer {
 public:
  // `pace` empty: there is no such timer.
  void restart(MonoTime since, std::optional<Nanos> pace) {
    due_.reset();
    if (pace) due_ = since + *pace;
  }
  [[nodiscard]] bool runs() const { return due_.has_value(); }
  // The moment of a beat that is due, and the timer stands still.
  [[nodiscard]] std::optional<MonoTime> take_beat(MonoTime now) {
    if (!due_ || *due_ + kTogether > now) return std::nullopt;
    return std::exchange(due_, std::nullopt);
  }

 private:
  // A sample that comes together with a beat is there first: its round trip may take a little
  // longer than the one from which the beats are counted.
  static constexpr Nanos kTogether = std::chrono::milliseconds(500);

  std::optional<MonoTime> due_;
};

}  // namespace slewd::core
