// SPDX-License-Identifier: Apache-2.0
// Which sources are correct, and their combined time: intersection of correctness intervals
// with a majority of the selectable (RFC 5905 section 11.2.1), then a covariance-weighted mean.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/core/config.hpp"
#include "agent/core/sample.hpp"
#include "agent/core/snapshot.hpp"

namespace slewd::core {

// One source as the selection sees it, all at the same RAW moment.
struct Candidate {
  Estimate claim;
  Nanos root_distance{};
  Nanos age_dispersion{};   // the part of it that the time since the last sample has added
  double age_variance = 0;  // s^2, the same of the claim's phase
  bool reachable = false;   // answered lately and has a claim
  std::optional<Nanos> silent_for{};  // since its last sample; empty while it answers its polls
  bool incumbent = false;             // was selected the last time
  bool prefer = false;
  bool trust = false;
  bool require = false;
  bool noselect = false;
  bool banned = false;  // by a rule, for a while
};

struct Verdict {
  SourceState state = SourceState::unreachable;
  std::string reason;
};

// A silent source stays selectable only while no answering one claims a narrower interval: its own
// grows with its age.
struct Selection {
  std::vector<Verdict> verdicts;       // one for each candidate
  std::vector<std::size_t> survivors;  // indices, best first; empty = none to follow
  bool majority_lost = false;          // selectable sources exist, but no majority agrees
  Nanos low{};                         // the interval that the majority shares: the truth is in it
  Nanos high{};
  // Meaningful when survivors is not empty.
  Nanos least_distance{};  // the least root distance of a survivor
  Estimate combined;
};

[[nodiscard]] Selection select(std::span<const Candidate> candidates,
                               const SelectionConfig& config);

}  // namespace slewd::core
