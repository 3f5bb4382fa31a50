// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/move_judge.hpp"

#include <algorithm>
#include <cmath>

namespace slewd::core {
namespace {

constexpr double kSurprising = 5;      // standard deviations
constexpr double kAlike = 4;           // standard deviations between two residuals of one move
constexpr double kOscillators = 5e-4;  // ratio: between two samples a clock may drift by so much
constexpr double kMostDrift = 0.5;     // and by no more than this part of the smaller
constexpr double kShareAlike = 0.05;   // of a move by which two sources may see it differently
constexpr double kSmall = 2e-3;        // s
constexpr double kMostWander = 6e-7;   // s per s^1.5: of an oscillator that wanders by 1e-6
constexpr Nanos kSameMoment = std::chrono::seconds(1);
constexpr std::size_t kLoneSamples = 3;  // that agree, of a source without others
constexpr std::size_t kLinePoints = 5;
constexpr double kLineSpan = 8;      // s
constexpr double kLineSlope = 2e-4;  // ratio: less is found by the filters
constexpr double kLineGap = 0.35;    // of the span, between two points
constexpr double kLineShare = 0.02;  // of its height: how far a point may lie from a line
constexpr double kLineHeight = 4;    // times what a point may lie off: else there is no slope
constexpr std::size_t kPathKept = 24;
constexpr Nanos kLineForgotten = std::chrono::minutes(5);
constexpr int kLineEnds = 3;  // end the search for a line

// Whether the truth may be `apart` from what the source says: a round trip errs by half at most.
bool within(double apart, const Surprise& source) { return std::abs(apart) <= source.distance; }

}  // namespace

bool MoveJudge::surprises(const Surprise& each) {
  return std::abs(each.residual) > kSurprising * each.sd;
}

// A lone and small surprise that an unsteady oscillator explains is the filters' own matter.
bool MoveJudge::is_small(const Surprise& each) {
  const double wandered = kMostWander * std::pow(each.interval, 1.5);
  return std::abs(each.residual) <= std::min(kSmall, kSurprising * std::hypot(each.sd, wandered));
}

// A route that is longer than another in use may be several of one length, each longer in another
// direction.
bool MoveJudge::is_detour(const Surprise& each) {
  return each.detour > 0 && std::abs(each.residual) <= each.detour + kSurprising * each.noise;
}

bool MoveJudge::agree(const Surprise& a, const Surprise& b) {
  const double smaller = std::min(std::abs(a.residual), std::abs(b.residual));
  const double drift =
      std::min(kOscillators * std::abs(to_seconds(a.at - b.at)), kMostDrift * smaller);
  const double share = kShareAlike * smaller;
  const double noise = kAlike * std::hypot(a.noise, b.noise);
  return std::abs(a.residual - b.residual) <= noise + drift + share;
}

void MoveJudge::forget(PathId source) {
  const auto is_its = [&](const Surprise& each) { return each.source == source; };
  std::erase_if(newest_, is_its);
  std::erase_if(series_, is_its);
  if (open_ && opener_.source == source) rest();
}

void MoveJudge::note(const Surprise& newest) {
  std::erase_if(newest_, [&](const Surprise& each) { return each.source == newest.source; });
  newest_.push_back(newest);
  if (!surprises(newest)) {
    if (++quiet_ >= kLineEnds && newest.at - surprised_ > kLineForgotten) {
      path_.clear();
      moved_ = 0;
      path_noise_ = 0;
    }
    return;
  }
  quiet_ = 0;
  surprised_ = newest.at;
  if (open_) series_.push_back(newest);
  if (path_.empty()) path_begins_ = newest.at;
  if (path_.size() == kPathKept) path_.erase(path_.begin());
  path_.push_back({to_seconds(newest.at - path_begins_), newest.residual + moved_});
  path_noise_ = std::max(path_noise_, newest.noise);
}

void MoveJudge::rest() {
  open_ = false;
  series_.clear();
}

Movement MoveJudge::judge(const Surprise& newest, std::span<const PathId> voters, bool quick) {
  const bool surprise = surprises(newest) && (open_ || voters.size() > 1 || !is_small(newest));
  if (surprise && !open_) {
    open_ = true;
    since_ = newest.at;
    opener_ = newest;
  }
  note(newest);
  if (!open_) return {};
  // Alone it is the detour's; several that show it alike are not.
  if (surprise && is_detour(newest) && !another_shows(newest))
    return {.kind = Movement::Kind::source,
            .by = newest.residual,
            .source = newest.source,
            .by_route = true};
  // A source that is right again has been wrong once: nothing has moved.
  if (!surprise && opener_.source == newest.source) {
    rest();
    return {};
  }
  if (surprise && opener_.source == newest.source) opener_ = newest;
  Movement movement = weigh(surprise ? newest : opener_, voters, quick);
  if (movement.kind == Movement::Kind::open && !surprise) movement.kind = Movement::Kind::none;
  return movement;
}

bool MoveJudge::another_shows(const Surprise& newest) const {
  return std::ranges::any_of(newest_, [&](const Surprise& each) {
    return each.source != newest.source && each.at >= since_ - kSameMoment && surprises(each) &&
           agree(each, newest);
  });
}

// The newest surprises of one source that agree with its last, in a row.
std::size_t MoveJudge::lone_agreeing(const Surprise& newest) const {
  std::size_t count = 0;
  const Surprise* later = &newest;
  for (std::size_t i = series_.size(); i > 0; --i) {
    const Surprise& each = series_[i - 1];
    if (each.source != newest.source) continue;
    if (!agree(each, *later)) break;
    later = &each;
    ++count;
  }
  return count;
}

Movement MoveJudge::weigh(const Surprise& asked, std::span<const PathId> voters, bool quick) {
  Movement movement{
      .kind = Movement::Kind::open, .interval = asked.interval, .source = asked.source};
  std::size_t still = 0;
  std::size_t heard = 0;
  // How many sources' intervals hold the truth if the clock has moved, and if it has not.
  std::size_t for_move = 0;
  std::size_t for_rest = 0;
  double sum = 0, weight = 0;
  for (const Surprise& each : newest_) {
    if (std::ranges::find(voters, each.source) == voters.end()) continue;
    if (each.at < since_ - kSameMoment) continue;
    ++heard;
    if (within(each.residual - asked.residual, each)) ++for_move;
    if (within(each.residual, each)) ++for_rest;
    if (surprises(each) && agree(each, asked)) {
      movement.alike.push_back(each.source);
      const double w = 1 / (each.noise * each.noise + 1e-18);
      sum += w * each.residual;
      weight += w;
    } else if (!surprises(each)) {
      ++still;
    }
  }
  const std::size_t votes = voters.size();
  if (weight > 0) movement.by = sum / weight;
  movement.confirmed = movement.alike.size() >= 2;
  const std::size_t lone = quick ? kLoneSamples - 1 : kLoneSamples;
  if (movement.confirmed && 2 * movement.alike.size() > votes && for_move >= for_rest)
    movement.kind = Movement::Kind::clock;
  else if (votes > 1 && (2 * still >= votes || for_rest > for_move) && heard > 1)
    movement.kind = Movement::Kind::source;
  else if (votes <= 1 && lone_agreeing(asked) >= lone)
    movement.kind = Movement::Kind::clock;
  movement.lone = votes <= 1;
  const bool alone_and_open = movement.lone && movement.kind == Movement::Kind::open;
  if (alone_and_open || movement.kind == Movement::Kind::clock) seek_line(movement);
  movement.surprises = series_.size();
  if (movement.kind != Movement::Kind::open) settle(movement);
  return movement;
}

// A rate beyond what two samples may show: only many that lie on a line show an oscillator. The
// newest ones count; what was before may belong to another move.
void MoveJudge::seek_line(Movement& movement) {
  for (std::size_t count = path_.size(); count >= kLinePoints; --count)
    if (is_line(std::span(path_).last(count), movement)) return;
}

bool MoveJudge::is_line(std::span<const Point> points, Movement& movement) const {
  const double span = points.back().x - points.front().x;
  if (span < kLineSpan) return false;
  // Two heaps of points always lie on a line.
  for (std::size_t i = 1; i < points.size(); ++i)
    if (points[i].x - points[i - 1].x > span * kLineGap) return false;
  const LineFit line = fit_line(points);
  const double height = std::abs(line.slope) * span;
  const double off = kAlike * path_noise_ + kLineShare * height;
  if (line.worst > off || height < kLineHeight * kAlike * path_noise_) return false;
  if (std::abs(line.slope) < kLineSlope) return false;
  movement.kind = Movement::Kind::oscillator;
  movement.frequency = line.slope;
  movement.sd_frequency = off / span;
  return true;
}

void MoveJudge::settle(Movement& movement) {
  const bool ours =
      movement.kind == Movement::Kind::clock || movement.kind == Movement::Kind::oscillator;
  if (ours) {
    moved_ += movement.by;
    // What was measured before the move is not known against the new phase.
    newest_.clear();
  }
  if (movement.kind == Movement::Kind::oscillator) {
    path_.clear();
    moved_ = 0;
    path_noise_ = 0;
  }
  rest();
}

}  // namespace slewd::core
