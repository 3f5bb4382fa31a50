// SPDX-License-Identifier: Apache-2.0
#include "agent/core/ntp/ntp_time.hpp"

#include <algorithm>

namespace slewd::core {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

}  // namespace

NtpTimestamp to_ntp(WallTime time) {
  std::int64_t seconds = time.since_epoch.count() / kNanosPerSecond;
  std::int64_t nanos = time.since_epoch.count() % kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    --seconds;
  }
  const auto whole = static_cast<std::uint64_t>(seconds + kUnixEpochInNtpEraZero) << 32;
  const auto fraction =
      ((static_cast<std::uint64_t>(nanos) << 32) + kNanosPerSecond / 2) / kNanosPerSecond;
  return {whole + fraction};
}

WallTime from_ntp(NtpTimestamp stamp, WallTime near) {
  // The difference modulo 2^64, read as signed, is the distance to the nearest instant with these
  // bits: half an era (68 years) either way.
  const auto distance = static_cast<std::int64_t>(stamp.bits - to_ntp(near).bits);
  const std::int64_t seconds = distance >> 32;  // floor, also below zero
  const auto fraction = static_cast<std::uint64_t>(distance) & 0xffffffffU;
  const auto nanos = static_cast<std::int64_t>(
      (fraction * static_cast<std::uint64_t>(kNanosPerSecond) + 0x80000000U) >> 32);
  return near + Nanos{seconds * kNanosPerSecond + nanos};
}

Nanos from_ntp(NtpShort duration) {
  return Nanos{static_cast<std::int64_t>(
      (static_cast<std::uint64_t>(duration.bits) * kNanosPerSecond + 0x8000U) >> 16)};
}

NtpShort to_ntp_short(Nanos duration) {
  constexpr std::int64_t kLongest = 65'535 * kNanosPerSecond;
  const auto nanos =
      static_cast<std::uint64_t>(std::clamp<std::int64_t>(duration.count(), 0, kLongest));
  return {static_cast<std::uint32_t>(((nanos << 16) + kNanosPerSecond - 1) / kNanosPerSecond)};
}

}  // namespace slewd::core
