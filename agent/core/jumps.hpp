// SPDX-License-Identifier: Apache-2.0
// The discontinuities of the clock, from the look that finds one to the sample that gives its size,
// and what each does to the estimates, the discipline and the polls. Core thread only.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/core/config.hpp"
#include "agent/core/discipline/discipline.hpp"
#include "agent/core/discipline/external_watch.hpp"
#include "agent/core/env.hpp"
#include "agent/core/estimate/selection.hpp"
#include "agent/core/jumps/clock_event.hpp"
#include "agent/core/jumps/jump_classifier.hpp"
#include "agent/core/jumps/jump_view.hpp"
#include "agent/core/leap_seconds.hpp"
#include "agent/core/sources/consensus.hpp"
#include "agent/core/sources/sources.hpp"

namespace slewd::core {

class Jumps {
 public:
  // The parts of the engine that a jump concerns.
  struct Parts {
    Discipline& discipline;
    Consensus& consensus;
    Sources& sources;
    LeapSeconds& leaps;
    ExternalWatch& external;
    Coordinator& engine;
  };

  // All must outlive this.
  Jumps(Env& env, const CoreConfig& config, Parts parts);
  Jumps(const Jumps&) = delete;
  Jumps& operator=(const Jumps&) = delete;

  // Before the first look: what an earlier run has recorded. Ids go on after `last_id`.
  void restore(JumpView recorded, std::uint64_t last_id);
  void apply() { classifier_.apply(config_.jumps); }

  // Compares the clocks with the last look.
  void look(const ClockLook& look);
  // An event that was found, by a look or elsewhere.
  void take_in(ClockEvent event);
  // Records and reports an event that concerns neither estimates nor polls. What caused it came
  // after `not_before`.
  void enter(ClockEvent& event, RawTime not_before);
  // What is believed now, by the sources of `selection`: it gives the open event its size.
  void size_open(const Estimate& estimate, const Selection& selection,
                 std::optional<RawTime> shown = std::nullopt);
  // The sources have moved, as confirmed; no clock of this machine has shown why. `shown`: when a
  // sample first showed it; empty: none of the sources of `after` has moved against its own past.
  void enter_confirmed(const Estimate& before, const Selection& after,
                       std::optional<RawTime> shown);

  [[nodiscard]] const JumpView& view() const { return view_; }
  [[nodiscard]] std::uint64_t last_id() const { return last_id_; }
  [[nodiscard]] JumpClassifier& classifier() { return classifier_; }
  [[nodiscard]] const JumpClassifier& classifier() const { return classifier_; }

 private:
  // An event whose size is not known yet, with what was believed before it.
  struct OpenEvent {
    ClockEvent event;
    std::optional<Estimate> before;
    bool sized = false;  // by a sample; further marks of the same event may still come
  };

  [[nodiscard]] bool is_more_of(const ClockEvent& event) const;
  void add_to_open(const ClockEvent& event);
  void close_open();
  // How many of these sources were heard before `shown`: a new one cannot show that the clock has
  // moved.
  [[nodiscard]] std::size_t witnesses(const Selection& selection,
                                      std::optional<RawTime> shown) const;
  // A pause moves all sources alike: how many have answered since `move` was shown, and whether one
  // of them has not moved.
  void hear_others(OffsetMove& move, const Estimate& before, const Estimate& after) const;

  Env& env_;
  const CoreConfig& config_;
  Parts parts_;
  JumpClassifier classifier_;
  JumpView view_;
  std::optional<OpenEvent> open_;
  std::uint64_t last_id_ = 0;
  Nanos left_to_samples_{};  // external steps that are known, and that the samples have to find
  RawTime last_look_;
  std::optional<MonoTime> host_moved_;  // when a burst was made for it
};

}  // namespace slewd::core
