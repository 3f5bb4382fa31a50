// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/selection.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/core/estimate/error_bound.hpp"
#include "base/duration.hpp"

namespace slewd::core {
namespace {

constexpr double kClearlyBetter = 0.75;  // of the incumbent's interval

struct Edge {
  Nanos at;
  int kind;  // -1 lower edge, +1 upper edge: lower edges sort first, so touching intervals overlap
};

Nanos half_width(const Candidate& c) {
  return c.root_distance + from_seconds(kBoundDeviations * std::sqrt(c.claim.var_phase));
}

struct Interval {
  Nanos low{};
  Nanos high{};
  int depth = 0;
};

// How much of the narrowest of those that hold `interval` it is: 1 where one lies within the
// others, little where they only touch.
double agreement(std::span<const Candidate> all, const std::vector<std::size_t>& selectable,
                 const Interval& interval) {
  Nanos narrowest = Nanos::max();
  for (const std::size_t i : selectable) {
    const Nanos half = half_width(all[i]);
    const Nanos phase = all[i].claim.phase;
    if (phase - half <= interval.low && phase + half >= interval.high)
      narrowest = std::min(narrowest, 2 * half);
  }
  return to_seconds(interval.high - interval.low) / std::max(to_seconds(narrowest), 1e-9);
}

// The interval that the greatest number of candidates share; of several, the one whose members
// agree best.
Interval deepest(std::span<const Candidate> all, const std::vector<std::size_t>& selectable) {
  std::vector<Edge> edges;
  for (const std::size_t i : selectable) {
    edges.push_back({all[i].claim.phase - half_width(all[i]), -1});
    edges.push_back({all[i].claim.phase + half_width(all[i]), +1});
  }
  std::ranges::sort(edges, [](const Edge& a, const Edge& b) {
    return a.at != b.at ? a.at < b.at : a.kind < b.kind;
  });
  Interval best;
  int depth = 0;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    depth -= edges[i].kind;
    if (edges[i].kind > 0 || depth < best.depth) continue;
    const Interval found{edges[i].at, edges[i + 1].at, depth};
    const bool better =
        depth > best.depth || agreement(all, selectable, found) > agreement(all, selectable, best);
    if (better) best = found;
  }
  return best;
}

// Why a source cannot take part at all; empty = it can.
Verdict unfit(const Candidate& c, const SelectionConfig& config) {
  if (!c.reachable) return {SourceState::unreachable, "has not answered lately"};
  if (c.noselect) return {SourceState::noselect, "measured only, as configured"};
  if (c.banned) return {SourceState::noselect, "measured only: a rule has banned it for a while"};
  if (c.root_distance > config.max_distance)
    return {SourceState::outlier, "root distance " + format_rounded(c.root_distance) +
                                      " is beyond max_distance " +
                                      format_rounded(config.max_distance)};
  return {SourceState::candidate, ""};
}

Estimate combine(std::span<const Candidate> all, const std::vector<std::size_t>& survivors) {
  Estimate sum = all[survivors.front()].claim;
  const Nanos anchor = sum.phase;
  double phase = 0, phase_weight = 0, frequency = 0, frequency_weight = 0, covariance = 0;
  for (const std::size_t i : survivors) {
    const Estimate& claim = all[i].claim;
    const double distance = to_seconds(all[i].root_distance);
    // The root distance stands in for the asymmetry that no statistics of one path can show.
    const double weight = 1 / (claim.var_phase + distance * distance / 48);
    phase += weight * to_seconds(claim.phase - anchor);
    phase_weight += weight;
    frequency += claim.frequency / claim.var_frequency;
    frequency_weight += 1 / claim.var_frequency;
  }
  sum.phase = anchor + from_seconds(phase / phase_weight);
  sum.frequency = frequency / frequency_weight;
  double var_phase = 0;
  for (const std::size_t i : survivors) {
    const Estimate& claim = all[i].claim;
    const double distance = to_seconds(all[i].root_distance);
    const double share = 1 / (claim.var_phase + distance * distance / 48) / phase_weight;
    var_phase += share * share * claim.var_phase;
    covariance += share * claim.covariance / static_cast<double>(survivors.size());
  }
  sum.var_phase = var_phase;
  sum.var_frequency = 1 / frequency_weight;
  sum.covariance = covariance;
  return sum;
}

// Best first. Nearly equal sources do not take turns, lest root delay, dispersion and stratum jump
// with them; nor does it matter who happened to be asked last.
void rank(std::span<const Candidate> all, std::vector<std::size_t>& survivors) {
  const auto width = [&](std::size_t i) {
    Candidate when_asked = all[i];
    when_asked.root_distance -= all[i].age_dispersion;
    when_asked.claim.var_phase -= all[i].age_variance;
    return half_width(when_asked);
  };
  std::ranges::stable_sort(survivors, {}, width);
  const auto incumbent =
      std::ranges::find_if(survivors, [&](std::size_t i) { return all[i].incumbent; });
  if (incumbent == survivors.end()) return;
  const double limit = kClearlyBetter * to_seconds(width(*incumbent));
  if (to_seconds(width(survivors.front())) < limit) return;
  std::rotate(survivors.begin(), incumbent, incumbent + 1);
}

// Whether `other` answers, knows the same better than the silent `c`, and has what the operator
// trusts or requires in it. One that contradicts it does not stand in for it: a wrong one would be
// left alone with the vote.
bool stands_in_for(const Candidate& c, const Candidate& other) {
  const bool agrees =
      magnitude(other.claim.phase - c.claim.phase) <= half_width(c) + half_width(other);
  return !other.silent_for && agrees && half_width(other) < half_width(c) &&
         other.trust >= c.trust && other.require >= c.require;
}

std::vector<std::size_t> find_selectable(std::span<const Candidate> all,
                                         const SelectionConfig& config,
                                         std::vector<Verdict>& verdicts) {
  std::vector<std::size_t> selectable;
  for (std::size_t i = 0; i < all.size(); ++i) {
    verdicts.push_back(unfit(all[i], config));
    if (verdicts[i].state == SourceState::candidate) selectable.push_back(i);
  }
  std::vector<std::size_t> staying;
  for (const std::size_t i : selectable) {
    const bool goes = all[i].silent_for && std::ranges::any_of(selectable, [&](std::size_t other) {
                        return stands_in_for(all[i], all[other]);
                      });
    if (!goes) {
      staying.push_back(i);
      continue;
    }
    verdicts[i] = {SourceState::outlier, "silent for " + format_rounded(*all[i].silent_for) +
                                             ", its interval has grown to +-" +
                                             format_rounded(half_width(all[i]))};
  }
  return staying;
}

// The selectable that overlap with what the majority shares; the others learn how far off they are.
std::vector<std::size_t> find_truechimers(std::span<const Candidate> all,
                                          const std::vector<std::size_t>& selectable,
                                          const Interval& truth, std::vector<Verdict>& verdicts) {
  std::vector<std::size_t> truechimers;
  for (const std::size_t i : selectable) {
    const Nanos phase = all[i].claim.phase;
    if (phase - half_width(all[i]) <= truth.high && phase + half_width(all[i]) >= truth.low) {
      truechimers.push_back(i);
      continue;
    }
    const Nanos away = phase > truth.high ? phase - truth.high : truth.low - phase;
    verdicts[i] = {SourceState::falseticker, format_rounded(away) + " away from what " +
                                                 std::to_string(truth.depth) + " others agree on"};
  }
  return truechimers;
}

// Why the truechimers are not enough to move a clock by; empty = they are.
std::string missing(std::span<const Candidate> all, const std::vector<std::size_t>& truechimers,
                    const SelectionConfig& config) {
  const auto count = static_cast<int>(truechimers.size());
  if (count < config.min_sources)
    return std::to_string(count) + " of min_sources " + std::to_string(config.min_sources) +
           " agree";
  const bool required = std::ranges::any_of(all, &Candidate::require);
  const bool present =
      std::ranges::any_of(truechimers, [&](std::size_t i) { return all[i].require; });
  return required && !present ? "no required source is among the truechimers" : "";
}

}  // namespace

Selection select(std::span<const Candidate> candidates, const SelectionConfig& config) {
  Selection result;
  const std::vector<std::size_t> selectable = find_selectable(candidates, config, result.verdicts);
  if (selectable.empty()) return result;

  const bool any_trusted =
      std::ranges::any_of(selectable, [&](std::size_t i) { return candidates[i].trust; });
  std::vector<std::size_t> voters = selectable;
  if (any_trusted) std::erase_if(voters, [&](std::size_t i) { return !candidates[i].trust; });
  const Interval truth = deepest(candidates, voters);
  result.low = truth.low;
  result.high = truth.high;
  if (2 * truth.depth <= static_cast<int>(voters.size())) {
    result.majority_lost = true;
    for (const std::size_t i : selectable)
      result.verdicts[i] = {SourceState::falseticker, "no majority agrees on the time"};
    return result;
  }
  std::vector<std::size_t> survivors =
      find_truechimers(candidates, selectable, truth, result.verdicts);
  if (const std::string why = missing(candidates, survivors, config); !why.empty()) {
    for (const std::size_t i : survivors) result.verdicts[i] = {SourceState::candidate, why};
    return result;
  }

  const bool any_preferred =
      std::ranges::any_of(survivors, [&](std::size_t i) { return candidates[i].prefer; });
  if (any_preferred) {
    std::erase_if(survivors, [&](std::size_t i) {
      if (candidates[i].prefer) return false;
      result.verdicts[i] = {SourceState::candidate, "agrees; a preferred source is used"};
      return true;
    });
  }
  rank(candidates, survivors);
  for (const std::size_t i : survivors)
    result.verdicts[i] = {SourceState::combined, "agrees, weighted into the mean"};
  const std::size_t best = survivors.front();
  result.verdicts[best] = {SourceState::selected,
                           candidates[best].incumbent
                               ? "agrees, and no other is clearly less uncertain"
                               : "agrees, with the least uncertainty"};
  const std::size_t nearest =
      std::ranges::min(survivors, {}, [&](std::size_t i) { return candidates[i].root_distance; });
  result.least_distance = candidates[nearest].root_distance;
  result.combined = combine(candidates, survivors);
  result.survivors = std::move(survivors);
  return result;
}

}  // namespace slewd::core
