// SPDX-License-Identifier: Apache-2.0
// How often to ask. One interval for all sources, which each takes within its own range; the common
// range is the configured one as narrowed by rules. The phase can force another (design section 6).
#pragma once

#include <algorithm>
#include <vector>

#include "agent/core/config.hpp"
#include "agent/core/discipline/phase.hpp"

namespace slewd::core {

// The longest interval that still adds little error: in it the oscillator wanders by a fixed part
// of what one sample leaves uncertain, and the doubt about its frequency adds no more than that
// sample takes away (docs/design/discipline.md, "How often to ask"). `wander` as the filter bank
// has it, `noise` = standard deviation of a usual sample, s; `sd_frequency` = of the estimate,
// ratio.
[[nodiscard]] Nanos wanted_interval(double wander, double noise, double sd_frequency);

// How long to wait between two tries of what has been tried for `age` without success: that share
// of it, within the limits.
[[nodiscard]] Nanos share_of_wait(Nanos age, int share, Nanos shortest, Nanos longest);
// Between two polls of a server that does not answer while nothing is known of the time: at most
// 16 s in the first ten minutes of its silence.
[[nodiscard]] Nanos seeking_interval(Nanos silent_for);

// The range of a source that has one of its own (SourceConfig::poll): a poll in less than a second
// is for servers at private addresses alone.
[[nodiscard]] PollRange own_range(const SourceConfig& config, const Endpoint& endpoint);
// What holds `common` and the ranges of those sources that have one of their own.
[[nodiscard]] PollRange envelope_of(PollRange common, const std::vector<SourceConfig>& sources);

class PollPolicy {
 public:
  static constexpr Nanos kQuickInterval = std::chrono::seconds(2);

  explicit PollPolicy(PollRange range)
      : range_(range), envelope_(range), interval_(range.minimum) {}

  // A rule or a reload: the present interval moves into the new range. `envelope` holds it and the
  // ranges of the sources that have one of their own.
  void set_range(PollRange range, PollRange envelope);
  [[nodiscard]] PollRange range() const { return range_; }

  // After each combined sample: `surprise` = |residual| / its standard deviation, `wanted` = what
  // wanted_interval() says. The interval grows towards it by quiet samples, shrinks towards it at
  // once, and is halved by a surprise.
  void on_sample(double surprise, Nanos wanted);
  // The clock was disturbed: ask `samples` times in quick succession, then from the minimum.
  void burst(int samples);
  // The same without a change of the interval afterwards: something is to be looked at more
  // closely.
  void quicken(int samples) { burst_left_ = std::max(burst_left_, samples); }

  // The interval until the next poll of a source with this range that has left so many polls in a
  // row unanswered. `quick_start`: whether it may be asked quickly in Hold.
  [[nodiscard]] Nanos next(Phase phase, const PollRange& range, int unanswered = 0,
                           bool quick_start = false);
  // With the common range.
  [[nodiscard]] Nanos next(Phase phase) { return next(phase, range_); }

 private:
  PollRange range_;
  PollRange envelope_;
  Nanos interval_;
  int quiet_ = 0;
  int burst_left_ = 0;
  int spike_polls_ = 0;
};

}  // namespace slewd::core
