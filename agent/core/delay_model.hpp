// What a packet's delay says about its error. The least delay of the path is tracked; whatever a
// round trip has in excess was spent in one direction or the other, nobody knows which.
#pragma once

#include <array>
#include <cstddef>

#include "agent/core/sample.hpp"

namespace slewd::core {

class DelayModel {
 public:
  // Takes note of the delay and returns the variance (s^2) of the sample's phase.
  // For two exponential queues the error is uniform over the excess: variance excess^2 / 12.
  double variance_of(const Sample& sample);

  [[nodiscard]] Nanos minimum() const { return minimum_; }

 private:
  void accept_new_route();

  static constexpr std::size_t kWindow = 64;      // samples over which the minimum holds
  static constexpr std::size_t kRouteChange = 8;  // samples after which a longer path is believed
  std::array<Nanos, kWindow> delays_{};
  std::size_t count_ = 0;
  std::size_t above_ = 0;  // consecutive samples well above the minimum
  Nanos minimum_{};
  double mean_excess_ = 0;  // s, running mean that becomes exponentially weighted
};

}  // namespace slewd::core
