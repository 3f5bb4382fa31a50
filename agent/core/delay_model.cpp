#include "agent/core/delay_model.hpp"

#include <algorithm>

namespace slewd::core {
namespace {

constexpr double kMemory = 1.0 / 16;  // weight of a new excess in the running mean
constexpr double kLongerPath = 4.0;   // mean excesses above the minimum: suspect a new route
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

double DelayModel::variance_of(const Sample& sample) {
  const Nanos expected = count_ == 0 ? sample.delay : minimum_;
  delays_[count_++ % kWindow] = sample.delay;
  const std::size_t kept = std::min(count_, kWindow);
  minimum_ =
      *std::min_element(delays_.begin(), delays_.begin() + static_cast<std::ptrdiff_t>(kept));
  const double beyond = to_seconds(sample.delay - expected);
  const bool longer = kept >= kRouteChange && beyond > kLongerPath * mean_excess_ + kStampFloor;
  above_ = longer ? above_ + 1 : 0;
  if (above_ >= kRouteChange) accept_new_route();

  const double excess = to_seconds(sample.delay - minimum_);
  // While a new route is suspected its delay is no measure of the old one's queues.
  const auto heard = static_cast<double>(kept);
  if (above_ == 0) mean_excess_ += std::max(kMemory, 1 / heard) * (excess - mean_excess_);
  // The minimum itself is only known to the spacing of the smallest delays; of the first samples
  // nobody knows how much they waited.
  const double ignorance = to_seconds(minimum_) / (4 * heard * heard);
  const double floor =
      kStampFloor + to_seconds(sample.precision) + mean_excess_ / (heard + 1) + ignorance;
  return floor * floor + excess * excess / 12;
}

}  // namespace slewd::core
