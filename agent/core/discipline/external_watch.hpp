// SPDX-License-Identifier: Apache-2.0
// Finds other programs that steer this clock: by the processes that are known for it, by what the
// kernel reads back, and by the slope of MONOTONIC against RAW. Pure; at each look.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/discipline/slope_watch.hpp"
#include "agent/core/jumps/jump_signature.hpp"
#include "agent/core/ports.hpp"
#include "agent/core/snapshot.hpp"
#include "agent/core/witnesses.hpp"
#include "base/result.hpp"

namespace slewd::core {

// So long without a sign, and the clock is ours again; twice as long each time that this was too
// early, since other daemons adjust as seldom as they poll.
inline constexpr Nanos kQuietTime = std::chrono::minutes(10);
inline constexpr Nanos kLongestQuietTime = std::chrono::hours(8);

// What we have done to the clock ourselves.
struct Programmed {
  std::optional<Ppm> total;  // the frequency in force; empty while it is not ours
  bool single_shot = false;  // an adjtime() of ours may run
  std::uint64_t changes = 0;
};

// Another program has steered: an event, though the clock has not jumped.
struct ExternalSigns {
  SignSet signs;
  Ppm rate_change{};
  Nanos adjtime{};  // what one that runs still has to move
};

class ExternalWatch {
 public:
  // Whether the clock runs otherwise than we know, so that the kernel should be asked. By clock
  // readings alone; before look().
  [[nodiscard]] bool doubts(const ClockReading& now, const Programmed& programmed);
  // `kernel`: null = not asked at this look. Answers with what is new: each sign while the clock is
  // ours; while it is not, the first after a quiet time, since a daemon that disciplines does so
  // every few seconds.
  [[nodiscard]] std::optional<ExternalSigns> look(const ClockReading& now,
                                                  const Result<KernelReadback>* kernel,
                                                  const MachineSigns& signs,
                                                  const Programmed& programmed);

  // Another program has set the clock (an event of its own).
  void on_external_step(MonoTime now);
  // Once, when that has happened so often within an hour that it is a way of steering.
  [[nodiscard]] bool steps_again_and_again(MonoTime now);

  // Whether there was a sign within the quiet time, and of which program.
  [[nodiscard]] const ExternalView& view() const { return view_; }
  // A process that is known to steer clocks runs now: "chronyd (process 812)"; empty = none.
  [[nodiscard]] const std::string& process() const { return process_; }

 private:
  [[nodiscard]] ExternalSigns compare(const ClockReading& now, const Result<KernelReadback>* kernel,
                                      const Programmed& programmed);
  void note_sign(MonoTime now);

  SlopeWatch hint_{kHintSpan, kSlopeTolerance};
  SlopeWatch slope_{std::chrono::seconds(8), kSlopeTolerance};
  ExternalView view_;
  std::string process_;
  std::optional<Ppm> found_;            // what the kernel said last, while the clock is not ours
  std::optional<Ppm> admitted_;         // the same, whichever program has set it
  std::uint64_t admitted_changes_ = 0;  // of ours before it was said
  bool moves_ = false;                  // besides its frequency, as it said
  bool refused_ = false;                // it did not say anything
  std::optional<MonoTime> last_sign_;
  std::optional<MonoTime> last_steering_;
  Nanos quiet_time_ = kQuietTime;
  std::optional<MonoTime> ended_;  // when it had been quiet for long enough, last
  std::vector<MonoTime> steps_;    // of the last hour
};

}  // namespace slewd::core
