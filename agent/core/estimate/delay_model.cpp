// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/delay_model.hpp"

#include <algorithm>
#include <cmath>

namespace slewd::core {
namespace {

constexpr double kMemory = 1.0 / 16;  // weight of a new excess in the running mean
constexpr double kLongerPath = 4.0;   // mean excesses from the minimum: suspect another route
constexpr double kSteady = 3.0;       // mean excesses that a new route's own excess may reach
// The least delay is forgotten when it was not met for that long, over the whole window: a path
// that grows slowly must not take its measure with it.
constexpr Nanos kMinimumHolds = std::chrono::hours(2);
// A round trip's excess was spent before or behind the server: the error is uniform over it, from
// minus half to plus half.
constexpr double kUniform = 1.0 / 12;
// The least delay that was seen is itself above the route's true least by a part of the usual
// excess.
constexpr double kMinimumsExcess = 0.15;
// While few samples were heard it is off by what it waited itself: of the usual excess over their
// number so much, where the packet waits in two places.
constexpr double kLeastWaited = 2;
constexpr double kStampFloor = 1e-6;  // s: software stamps are not better than this
constexpr double kSameDelay = 20e-6;  // s: routes that are closer count as one

}  // namespace

double DelayNoise::of_queues() const {
  const double spread = to_seconds(excess) + kMinimumsExcess * to_seconds(typical);
  return kUniform * spread * spread;
}

double DelayNoise::usual_sd() const {
  return std::sqrt(kUniform * to_seconds(typical) * to_seconds(typical) + of_stamps());
}

double DelayModel::Route::reach() const { return kLongerPath * mean_excess + kSameDelay; }

Nanos DelayModel::Route::median() const {
  std::array<Nanos, kWindow> sorted = delays;
  auto* const middle = sorted.data() + kept() / 2;
  std::nth_element(sorted.data(), middle, sorted.data() + kept());
  return *middle;
}

void DelayModel::Route::note(Nanos delay, RawTime at) {
  delays[count++ % kWindow] = delay;
  if (count == 1 || delay <= minimum + from_seconds(kStampFloor)) minimum_seen = at;
  if (count == 1 || delay < minimum) minimum = delay;
  if (count <= kWindow || at - minimum_seen <= kMinimumHolds) return;
  const Nanos least = *std::min_element(delays.begin(), delays.end());
  if (least <= minimum) return;
  minimum = least;
  minimum_seen = at;
}

// A longer route is as steady as the old one was; delays that are long and scattered are a queue.
bool DelayModel::suspects_are_steady() const {
  double sum = 0;
  for (const Nanos delay : suspects_) sum += to_seconds(delay);
  const Nanos least = *std::ranges::min_element(suspects_);
  const double excess = sum / kRouteChange - to_seconds(least);
  return excess <= kSteady * current().mean_excess + kStampFloor;
}

// Whether the newest `samples` suspects are what a route shows that was used before; it is in use
// again then.
bool DelayModel::follow_known(std::size_t samples) {
  const auto fits = [&](const Route& each) {
    for (std::size_t i = 1; i <= samples; ++i) {
      const double beyond = to_seconds(suspects_[(suspected_ - i) % kRouteChange] - each.minimum);
      if (beyond < -kSameDelay || beyond > each.reach()) return false;
    }
    return true;
  };
  const auto last = routes_.end() - 1;
  const auto found = std::find_if(routes_.begin(), last, fits);
  if (found == last) return false;
  std::rotate(found, found + 1, routes_.end());
  return true;
}

void DelayModel::begin_route(RawTime at, std::size_t samples) {
  Route route;
  route.number = found_++;
  if (!routes_.empty()) route.mean_excess = current().mean_excess;
  for (std::size_t i = samples; i > 0; --i)
    route.note(suspects_[(suspected_ - i) % kRouteChange], at);
  routes_.push_back(route);
  if (routes_.size() > kRoutesKept) routes_.erase(routes_.begin());
}

// Which route this sample has taken. One that leaves the present route for a shorter one does so
// at once; to be longer is also what queues are.
void DelayModel::follow(const Sample& sample) {
  const double beyond = to_seconds(sample.delay - current().minimum);
  const bool known_well = current().kept() >= kRouteChange;
  if (std::abs(beyond) <= current().reach()) {
    suspected_ = 0;
    return;
  }
  if (!known_well) {
    // One short round trip begins a route: what follows may be on the one before.
    suspected_ = 0;
    suspects_[suspected_++] = sample.delay;
    if (beyond > 0) (void)follow_known(1);
    suspected_ = 0;
    return;
  }
  suspects_[suspected_++ % kRouteChange] = sample.delay;
  if (beyond < 0) {
    if (!follow_known(1)) begin_route(sample.at, 0);
    suspected_ = 0;
    return;
  }
  const bool back_again = suspected_ >= kKnownRoute && follow_known(kKnownRoute);
  if (!back_again) {
    if (suspected_ < kRouteChange || !suspects_are_steady()) return;
    begin_route(sample.at, kRouteChange - 1);
  }
  suspected_ = 0;
}

Nanos DelayModel::shortest_in_use() const {
  Nanos shortest = current().minimum;
  for (const Route& each : routes_)
    if (samples_ - each.used <= kInUse) shortest = std::min(shortest, each.minimum);
  return shortest;
}

DelayNoise DelayModel::add(const Sample& sample) {
  if (routes_.empty()) begin_route(sample.at, 0);
  const std::uint32_t before = current().number;
  const Nanos minimum_before = current().minimum;
  const std::uint32_t found_before = found_;
  follow(sample);
  Route& route = current();
  route.note(sample.delay, sample.at);
  route.used = ++samples_;

  DelayNoise noise;
  noise.route = route.number;
  noise.from = route.number;
  if (found_ != found_before) {
    noise.from = before;
    noise.longer = route.minimum - minimum_before;
  }
  noise.minimum = route.minimum;
  noise.detour = route.minimum - shortest_in_use();
  noise.excess = sample.delay - route.minimum;
  noise.typical = route.median() - route.minimum;
  // While a new route is suspected its delay is no measure of the old one's queues.
  const auto heard = static_cast<double>(route.kept());
  if (suspected_ == 0)
    route.mean_excess +=
        std::max(kMemory, 1 / heard) * (to_seconds(noise.excess) - route.mean_excess);
  // How much the first samples have waited cannot be seen.
  const double waited = kLeastWaited * to_seconds(noise.typical) / (heard + 1);
  const double ignorance = to_seconds(route.minimum) / (4 * heard * heard);
  noise.floor = kStampFloor + to_seconds(sample.precision) + waited + ignorance;
  if (known_ > Nanos{0}) {
    noise.floor = kStampFloor + to_seconds(sample.precision);
    use_known_minimum(noise, sample.delay);
  }
  return noise;
}

void DelayModel::use_known_minimum(DelayNoise& noise, Nanos delay) const {
  noise.minimum = known_;
  noise.detour = {};
  noise.longer = {};
  noise.excess = std::max(delay - known_, Nanos{0});
  noise.typical = std::max(current().median() - known_, Nanos{0});
}

}  // namespace slewd::core
