// What a packet's delay says about its error. The least delay of the path is tracked; whatever a
// round trip has in excess was spent in one direction or the other, nobody knows which.
#pragma once

#include <array>
#include <cstddef>

#include "agent/core/sample.hpp"

namespace slewd::core {

// How much a sample's phase may be off because of its delay.
struct DelayNoise {
  Nanos minimum{};         // the path's least delay
  Nanos excess{};          // of this sample beyond it
  Nanos typical{};         // median excess of the path's last samples
  double floor = 0;        // s: stamps, precision, and how little is known of the path yet
  bool new_route = false;  // the path has just become longer for good

  // Variances of the phase, s^2: of what the queues did, and of everything else.
  [[nodiscard]] double of_queues() const;
  [[nodiscard]] double of_stamps() const { return floor * floor; }
  // Standard deviation of a usual sample of this path, s.
  [[nodiscard]] double usual_sd() const;
  [[nodiscard]] double variance() const { return of_queues() + of_stamps(); }
};

class DelayModel {
 public:
  // Takes note of the sample's delay.
  DelayNoise add(const Sample& sample);

  [[nodiscard]] Nanos minimum() const { return minimum_; }

 private:
  [[nodiscard]] bool route_has_changed() const;
  void accept_new_route();
  [[nodiscard]] Nanos median() const;

  static constexpr std::size_t kWindow = 128;     // samples over which the minimum holds
  static constexpr std::size_t kRouteChange = 8;  // samples after which a longer path is believed
  std::array<Nanos, kWindow> delays_{};
  std::size_t count_ = 0;
  std::size_t above_ = 0;  // consecutive samples well above the minimum
  Nanos minimum_{};
  double mean_excess_ = 0;  // s, running mean that becomes exponentially weighted
};

}  // namespace slewd::core
