#include "agent/core/delay_model.hpp"

#include <algorithm>
#include <cmath>

namespace slewd::core {
namespace {

constexpr double kMemory = 1.0 / 16;  // weight of a new excess in the running mean
constexpr double kLongerPath = 4.0;   // mean excesses above the minimum: suspect a new route
constexpr double kSteady = 3.0;       // mean excesses that a new route's own excess may reach
// A round trip's excess was spent before or behind the server, nobody knows how much where: the
// error is uniform over it, from minus half to plus half.
constexpr double kUniform = 1.0 / 12;
// The least delay that was seen is itself above the path's true least by a part of the usual
// excess.
constexpr double kMinimumsExcess = 0.15;
constexpr double kStampFloor = 1e-6;  // s: software stamps are not better than this

}  // namespace

void DelayModel::accept_new_route() {
  std::array<Nanos, kRouteChange> last{};
  for (std::size_t i = 0; i < kRouteChange; ++i) last[i] = delays_[(count_ - 1 - i) % kWindow];
  count_ = 0;
  for (const Nanos delay : last) delays_[count_++] = delay;
  minimum_ = *std::ranges::min_element(last);
  above_ = 0;
}

double DelayNoise::of_queues() const {
  const double spread = to_seconds(excess) + kMinimumsExcess * to_seconds(typical);
  return kUniform * spread * spread;
}

double DelayNoise::usual_sd() const {
  return std::sqrt(kUniform * to_seconds(typical) * to_seconds(typical) + of_stamps());
}

// A longer route is as steady as the old one was; delays that are long and scattered are a queue.
bool DelayModel::route_has_changed() const {
  if (above_ < kRouteChange) return false;
  double sum = 0;
  Nanos least = Nanos::max();
  for (std::size_t i = 0; i < kRouteChange; ++i) {
    const Nanos delay = delays_[(count_ - 1 - i) % kWindow];
    least = std::min(least, delay);
    sum += to_seconds(delay);
  }
  const double excess = sum / kRouteChange - to_seconds(least);
  return excess <= kSteady * mean_excess_ + kStampFloor;
}

Nanos DelayModel::median() const {
  std::array<Nanos, kWindow> sorted = delays_;
  const auto kept = static_cast<std::ptrdiff_t>(std::min(count_, kWindow));
  auto* const middle = sorted.data() + kept / 2;
  std::nth_element(sorted.data(), middle, sorted.data() + kept);
  return *middle;
}

DelayNoise DelayModel::add(const Sample& sample) {
  const Nanos expected = count_ == 0 ? sample.delay : minimum_;
  delays_[count_++ % kWindow] = sample.delay;
  const std::size_t kept = std::min(count_, kWindow);
  minimum_ =
      *std::min_element(delays_.begin(), delays_.begin() + static_cast<std::ptrdiff_t>(kept));
  const double beyond = to_seconds(sample.delay - expected);
  const bool longer = kept >= kRouteChange && beyond > kLongerPath * mean_excess_ + kStampFloor;
  above_ = longer ? above_ + 1 : 0;
  DelayNoise noise;
  noise.new_route = route_has_changed();
  if (noise.new_route) accept_new_route();

  noise.minimum = minimum_;
  noise.excess = sample.delay - minimum_;
  noise.typical = median() - minimum_;
  // While a new route is suspected its delay is no measure of the old one's queues.
  const auto heard = static_cast<double>(kept);
  if (above_ == 0)
    mean_excess_ += std::max(kMemory, 1 / heard) * (to_seconds(noise.excess) - mean_excess_);
  // Of the first samples nobody knows how much they waited.
  const double ignorance = to_seconds(minimum_) / (4 * heard * heard);
  noise.floor = kStampFloor + to_seconds(sample.precision) + mean_excess_ / (heard + 1) + ignorance;
  return noise;
}

}  // namespace slewd::core
