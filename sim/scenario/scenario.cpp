// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/scenario.hpp"

#include <cmath>

#include "base/duration.hpp"

namespace slewd::sim {
namespace {

constexpr std::array<std::string_view, kEventKinds> kEventNames{"server_step",
                                                                "server_back",
                                                                "server_drift",
                                                                "leap_second",
                                                                "server_mute",
                                                                "outage",
                                                                "frequency_step",
                                                                "external_step",
                                                                "external_slew",
                                                                "external_adjtime",
                                                                "vm_pause",
                                                                "migration",
                                                                "suspend",
                                                                "snapshot_rollback",
                                                                "kill",
                                                                "steal",
                                                                "busy"};

// sin(2 pi turn) for turn in [0, 1), from exact operations only, so that no libm has a say.
double sine(double turn) {
  constexpr double kPi = 3.14159265358979323846;
  const double sign = turn < 0.5 ? 1 : -1;
  const double half = turn < 0.5 ? turn : turn - 0.5;            // [0, 1/2)
  const double x = 2 * kPi * (half < 0.25 ? half : 0.5 - half);  // [0, pi/2]
  double term = x;
  double sum = x;
  for (int k = 2; k <= 22; k += 2) {
    term *= -x * x / (k * (k + 1));
    sum += term;
  }
  return sign * sum;
}

std::optional<int> log2_seconds(Nanos interval) {
  for (int exponent = 0; exponent <= 17; ++exponent)
    if (interval == std::chrono::seconds{std::int64_t{1} << exponent}) return exponent;
  return std::nullopt;
}

}  // namespace

Ppm drift_at(const DriftLaw& law, Nanos elapsed) {
  const double turn = to_seconds(elapsed % law.period) / to_seconds(law.period);
  switch (law.kind) {
    case DriftKind::none:
      return Ppm{0};
    case DriftKind::sine:
      return law.amplitude * sine(turn);
    case DriftKind::square:
      return law.amplitude * (turn < 0.5 ? 1 : -1);
    case DriftKind::linear:
      return law.amplitude * (to_seconds(elapsed) / to_seconds(law.period));
  }
  return Ppm{0};
}

std::string_view to_string(EventKind kind) { return kEventNames[static_cast<std::size_t>(kind)]; }

std::string poll_text(const core::PollRange& range) {
  const auto low = log2_seconds(range.minimum);
  const auto high = log2_seconds(range.maximum);
  if (low && high) return std::to_string(*low) + ":" + std::to_string(*high);
  return format(range.minimum) + ":" + format(range.maximum);
}

}  // namespace slewd::sim
