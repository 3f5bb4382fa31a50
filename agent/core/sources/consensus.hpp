// SPDX-License-Identifier: Apache-2.0
// True time by all sources together: which ones to use, what has moved when a sample is not
// where it was foretold, and the filters that follow it. The engine decides what becomes of it.
// Core thread only.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/core/config.hpp"
#include "agent/core/discipline/discipline.hpp"
#include "agent/core/env.hpp"
#include "agent/core/estimate/filter_bank.hpp"
#include "agent/core/estimate/invariants.hpp"
#include "agent/core/estimate/move_judge.hpp"
#include "agent/core/estimate/selection.hpp"
#include "agent/core/sources/association.hpp"

namespace slewd::core {

class Consensus {
 public:
  Consensus(Env& env, const CoreConfig& config) : env_(env), config_(config) {}

  // The sources to use now; each association gets its verdict.
  [[nodiscard]] Selection select(const Associations& all, RawTime now) const;
  // What stands behind `selection`, which has survivors.
  [[nodiscard]] Reference reference_for(const Selection& selection, const Associations& all,
                                        RawTime now) const;
  // How far the farthest source that takes part may be from `believed`.
  [[nodiscard]] static Nanos disagreement(const Associations& all, const Estimate& believed,
                                          RawTime now);

  // The newest sample of `association` is in its track: what has moved, and the filters with it.
  // `any_offset`: no offset is a surprise yet, as at a start.
  [[nodiscard]] Movement judge_move(const Association& association, const Associations& all,
                                    bool any_offset);
  // Adds the newest sample of `association`, unless it is `unexplained`; what is believed then.
  [[nodiscard]] Estimate believe(const Association& association, const Associations& all,
                                 const Selection& selection, bool unexplained);
  // The filters begin anew with what the survivors say.
  void restart(const Selection& selection, const Associations& all);
  // All sources measure one oscillator: what the filters know of it carries the level of each.
  void share_frequency(const Associations& all) const;
  // This machine's oscillator is held at `frequency`, in place of what the samples have shown.
  void hold_frequency(const DriftRecord& frequency, const Associations& all);
  // What RAW has lost (`phase_shift`), and how much less is known since.
  void doubt(const ClockEvent& event, const Associations& all);
  void forget(PathId path);
  // When the newest sample was taken that the filters know.
  [[nodiscard]] RawTime known_at() const { return bank_.known_at(); }

  // By what the bound must be wider: what the filters cannot explain, and what a lone source has
  // shown and no other has confirmed.
  [[nodiscard]] Nanos unexplained(MonoTime now) const;
  // A second source has confirmed what there is.
  void confirm() { unconfirmed_.reset(); }
  // What the filters know of the path's delay and the oscillator asks for this poll interval; empty
  // while they know nothing.
  [[nodiscard]] std::optional<Nanos> wanted_interval(const Association& association,
                                                     const Estimate& believed) const;
  void check_frequency(FrequencyState state);
  [[nodiscard]] const InvariantCounts& breaches() const { return invariants_.counts(); }

 private:
  // A move that a lone source has shown.
  struct Unconfirmed {
    Nanos size{};
    MonoTime since;
    int calm = 0;  // samples in a row that were foretold since
  };

  [[nodiscard]] std::vector<PathId> voters(const Associations& all) const;
  void take_up(const Association& newest, const Associations& all, const Movement& found);
  void remember_unconfirmed(const Movement& found);
  [[nodiscard]] Nanos unconfirmed(MonoTime now) const;
  [[nodiscard]] static bool adopt_returned(const Selection& selection, const Associations& all);
  [[nodiscard]] static bool within_most(const Estimate& believed, const Selection& selection,
                                        const Associations& all, RawTime now);
  void check_lone_move(const Movement& found, bool any_offset);
  void report_breach(Invariant which, const std::string& what);

  Env& env_;
  const CoreConfig& config_;
  FilterBank bank_;
  MoveJudge moves_;
  Invariants invariants_;
  std::optional<Unconfirmed> unconfirmed_;
};

// Whether the selection has looked at the claim of a source in this state.
[[nodiscard]] bool takes_part(SourceState state);

}  // namespace slewd::core
