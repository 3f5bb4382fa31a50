// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/invariants.hpp"

#include <utility>

namespace slewd::core {
namespace {

constexpr Nanos kEpisodeEnds = std::chrono::hours(1);

}  // namespace

std::string_view to_string(Invariant invariant) {
  switch (invariant) {
    case Invariant::frequency_limit:
      return "frequency_limit";
    case Invariant::outside_majority:
      return "outside_majority";
    case Invariant::lone_move:
      return "lone_move";
  }
  return "";
}

bool Invariants::broken(Invariant which, MonoTime now) {
  const auto index = static_cast<std::size_t>(which);
  ++counts_[index];
  const auto before = std::exchange(last_[index], now);
  return !before || now - *before >= kEpisodeEnds;
}

}  // namespace slewd::core
