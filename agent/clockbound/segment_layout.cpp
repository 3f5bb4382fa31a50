// SPDX-License-Identifier: Apache-2.0
#include "agent/clockbound/segment_layout.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <ratio>

namespace slewd::clockbound {
namespace {

struct Timespec {
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
};

Timespec timespec_of(Nanos since_epoch) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const std::int64_t rest = since_epoch.count() % std::nano::den;
  return {seconds.count(), rest < 0 ? rest + std::nano::den : rest};
}

struct HeaderFields {
  std::array<std::uint32_t, 2> magic = kMagic;
  std::uint32_t size = 0;
  std::uint16_t version = 0;
  std::uint16_t generation = 0;
};
static_assert(sizeof(HeaderFields) == kHeaderBytes);
static_assert(offsetof(HeaderFields, generation) == kGenerationAt);

struct Version2Fields {
  Timespec as_of;
  Timespec void_after;
  std::int64_t bound = 0;
  std::uint64_t disruption_marker = 0;
  std::uint32_t max_drift_ppb = 0;
  std::int32_t status = 0;
  // The marker is slewd's count of jumps, not that of a vmclock device, which readers would
  // compare it with.
  std::uint8_t disruption_support = 0;
  std::array<std::uint8_t, 7> padding{};
};
static_assert(sizeof(Version2Fields) == sizeof(Version2));

struct Version3Fields {
  std::uint64_t counter = 0;
  Timespec as_of;
  Timespec void_after;
  std::uint64_t period = 0;
  std::uint64_t period_error = 0;
  std::int64_t bound = 0;
  std::uint64_t disruption_marker = 0;
  std::uint32_t max_drift_ppb = 0;
  std::int32_t status = 0;
  std::uint8_t disruption_support = 0;
  std::uint8_t period_shift = 0;
  std::uint8_t period_error_shift = 0;
  std::array<std::uint8_t, 5> padding{};
};
static_assert(sizeof(Version3Fields) == sizeof(Version3));

}  // namespace

ScaledFraction scaled(double value) {
  if (value <= 0 || value >= 1) return {};
  const auto whole = static_cast<std::uint64_t>(std::min(1 / value, 0x1p62));
  const auto shift = static_cast<std::uint8_t>(std::bit_width(whole) - 1);
  const double fraction = std::ldexp(value, 64 + shift);
  // Rounding may carry it to the limit.
  if (fraction >= 0x1p64) return {~std::uint64_t{0}, shift};
  return {static_cast<std::uint64_t>(fraction), shift};
}

Header header_of(std::uint16_t version, std::size_t content_bytes) {
  HeaderFields fields;
  fields.size = static_cast<std::uint32_t>(kHeaderBytes + content_bytes);
  fields.version = version;
  return std::bit_cast<Header>(fields);
}

Version2 version_2(const TimeBound& bound) {
  Version2Fields fields;
  fields.as_of = timespec_of(bound.as_of.since_epoch);
  fields.void_after = timespec_of(bound.void_after.since_epoch);
  fields.bound = bound.bound.count();
  fields.disruption_marker = bound.disruptions;
  fields.max_drift_ppb = bound.growth_ppb;
  fields.status = static_cast<std::int32_t>(bound.status);
  return std::bit_cast<Version2>(fields);
}

Version3 version_3(const CounterBound& bound) {
  Version3Fields fields;
  fields.counter = bound.counter;
  fields.as_of = timespec_of(bound.as_of.since_epoch);
  fields.void_after = timespec_of(bound.void_after.since_epoch);
  const ScaledFraction period = scaled(bound.period);
  const ScaledFraction error = scaled(bound.period_error);
  fields.period = period.fraction;
  fields.period_shift = period.shift;
  fields.period_error = error.fraction;
  fields.period_error_shift = error.shift;
  fields.bound = bound.bound.count();
  fields.disruption_marker = bound.disruptions;
  fields.max_drift_ppb = bound.growth_ppb;
  fields.status = static_cast<std::int32_t>(bound.status);
  return std::bit_cast<Version3>(fields);
}

std::uint16_t begun(std::uint16_t generation) {
  // A writer that ended in the middle has left it odd.
  return static_cast<std::uint16_t>(generation | 1U);
}

std::uint16_t ended(std::uint16_t generation) {
  const auto next = static_cast<std::uint16_t>(begun(generation) + 1U);
  return next == 0 ? std::uint16_t{2} : next;
}

}  // namespace slewd::clockbound
