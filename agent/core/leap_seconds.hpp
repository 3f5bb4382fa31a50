// SPDX-License-Identifier: Apache-2.0
// Carries out announced leap seconds, and keeps the kernel's TAI offset. The estimates of true time
// move with a leap second at the instant at which they say that it is there; what the wall clock
// shows then is an offset like any other, unless the kernel has been asked to make the leap.
// Core thread only.
#pragma once

#include <optional>
#include <string>

#include "agent/core/config.hpp"
#include "agent/core/discipline/discipline.hpp"
#include "agent/core/env.hpp"
#include "agent/core/jumps/jump_classifier.hpp"
#include "agent/core/leap/leap_list.hpp"
#include "agent/core/leap/leap_second.hpp"
#include "agent/core/leap/leap_watch.hpp"
#include "agent/core/snapshot.hpp"
#include "agent/core/sources/association.hpp"
#include "agent/core/sources/sources.hpp"

namespace slewd::core {

class LeapSeconds {
 public:
  // `config` changes at a reload, before arm(). All must outlive this.
  LeapSeconds(Env& env, const CoreConfig& config, Discipline& discipline, Sources& sources,
              Coordinator& engine);
  ~LeapSeconds() { stop(); }
  LeapSeconds(const LeapSeconds&) = delete;
  LeapSeconds& operator=(const LeapSeconds&) = delete;

  void stop();
  // After each selection: what the sources announce now. Their verdicts say what stands out.
  void hear(RawTime now);
  // Which months may have one, and for which one is announced.
  [[nodiscard]] LeapDates dates() const { return {config_.leap.months, leap_.heard_for()}; }
  // True time has moved, or the settings have changed: the timer and the kernel are set anew.
  void arm();

  // A leap that the clock has made: true time moves once, however often the wall clock does.
  void match(ClockEvent& event);
  // Whether a sample of that time may be from before or after the leap, and means nothing.
  [[nodiscard]] bool is_close(RawTime when) const;
  // By what the samples may differ from what is believed, since a leap second was announced.
  [[nodiscard]] std::optional<HostMove> expected() const;
  // The samples have moved the estimate by `moved`.
  void settle(Nanos moved);

  // The leap seconds so far, for TAI; empty = no such list.
  void use_list(std::optional<LeapList> list);
  [[nodiscard]] std::optional<TaiView> tai() const;
  [[nodiscard]] std::optional<LeapView> view() const;
  // Whether the month can have no such leap second.
  [[nodiscard]] bool is_implausible(Leap leap, RawTime now) const;

 private:
  [[nodiscard]] std::optional<WallTime> true_time(RawTime when) const;
  void watch_smears(RawTime now);
  void plan(RawTime now);
  [[nodiscard]] bool is_implausible_at(WallTime truth) const;
  void doubt_announced(WallTime truth);
  [[nodiscard]] bool is_for_kernel(const AnnouncedLeap& leap, const ClockReading& now) const;
  // Until the planned leap is to be carried out, which needs an estimate of true time.
  [[nodiscard]] Nanos time_left(const AnnouncedLeap& leap, const ClockReading& now) const;
  void on_timer();
  void set_tai_offset();

  Env& env_;
  const CoreConfig& config_;
  Discipline& discipline_;
  Sources& sources_;
  Coordinator& engine_;
  LeapWatch smears_;
  LeapSecond leap_;
  std::optional<LeapList> list_;
  std::optional<int> tai_offset_;  // s, by the list
  std::optional<TimerId> timer_;
  std::optional<WallTime> implausible_;  // the month's end for which the log has it
};

}  // namespace slewd::core
