// SPDX-License-Identifier: Apache-2.0
// What a packet's delay says about its error. A path has routes, each with a least delay of its
// own; what a round trip takes beyond it was spent in one direction or the other, and the delay
// does not show in which.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/core/sample.hpp"

namespace slewd::core {

// How much a sample's phase may be off because of its delay.
struct DelayNoise {
  Nanos minimum{};          // the route's least delay
  Nanos excess{};           // of this sample beyond it
  Nanos typical{};          // median excess of the route's last samples
  double floor = 0;         // s: stamps, precision, and how little is known of the route yet
  std::uint32_t route = 0;  // number of the route that the sample has taken
  std::uint32_t from = 0;   // where the route has just been found: the one that was left for it
  Nanos longer{};           // and by how much it is longer than that (negative: shorter)
  Nanos detour{};           // by how much the route is longer than the shortest one in use

  // Variances of the phase, s^2: of what the queues did, and of everything else.
  [[nodiscard]] double of_queues() const;
  [[nodiscard]] double of_stamps() const { return floor * floor; }
  // Standard deviation of a usual sample of this route, s.
  [[nodiscard]] double usual_sd() const;
  [[nodiscard]] double variance() const { return of_queues() + of_stamps(); }
};

class DelayModel {
 public:
  // The least delay is known, and so is it of each route; zero = it is learnt.
  void set_minimum(Nanos known) { known_ = known; }
  // Takes note of the sample's delay.
  DelayNoise add(const Sample& sample);

  [[nodiscard]] Nanos minimum() const { return routes_.empty() ? Nanos{0} : current().minimum; }

 private:
  static constexpr std::size_t kWindow = 128;     // samples over which the minimum holds
  static constexpr std::size_t kRouteChange = 8;  // samples after which a longer route is believed
  static constexpr std::size_t kKnownRoute = 3;   // and after which one that was used before is
  static constexpr std::size_t kRoutesKept = 4;
  static constexpr std::uint64_t kInUse = 32;  // samples since a route was taken last
  struct Route {
    std::uint32_t number = 0;
    std::array<Nanos, kWindow> delays{};
    std::size_t count = 0;
    Nanos minimum{};
    RawTime minimum_seen;    // when it was last met
    std::uint64_t used = 0;  // number of the last sample that has taken it
    double mean_excess = 0;  // s, running mean that becomes exponentially weighted

    void note(Nanos delay, RawTime at);
    [[nodiscard]] std::size_t kept() const { return count < kWindow ? count : kWindow; }
    [[nodiscard]] Nanos median() const;
    [[nodiscard]] double reach() const;  // s: how far beyond its least delay it usually comes
  };
  [[nodiscard]] Route& current() { return routes_.back(); }
  [[nodiscard]] const Route& current() const { return routes_.back(); }
  void follow(const Sample& sample);
  [[nodiscard]] bool follow_known(std::size_t samples);
  void begin_route(RawTime at, std::size_t samples);
  [[nodiscard]] bool suspects_are_steady() const;
  [[nodiscard]] Nanos shortest_in_use() const;

  void use_known_minimum(DelayNoise& noise, Nanos delay) const;

  Nanos known_{};
  std::vector<Route> routes_;  // the one in use is the last
  std::uint32_t found_ = 0;    // routes so far
  std::uint64_t samples_ = 0;
  std::array<Nanos, kRouteChange> suspects_{};  // the newest samples that are beyond the route
  std::size_t suspected_ = 0;
};

}  // namespace slewd::core
