// SPDX-License-Identifier: Apache-2.0
// NTP timestamps and short format (RFC 5905 section 6): 32.32 and 16.16 fixed point, with eras.
#pragma once

#include <cstdint>

#include "base/timeline.hpp"

namespace slewd::core {

// Seconds from 1900-01-01 to 1970-01-01: 70 years, of which 17 were leap years (RFC 5905 figure 4).
inline constexpr std::int64_t kUnixEpochInNtpEraZero = 2'208'988'800;

// The 64-bit on-wire timestamp: seconds since 1900-01-01 modulo 2^32, and a binary fraction.
// Zero means "unknown" (RFC 5905 section 6).
struct NtpTimestamp {
  std::uint64_t bits{};

  friend constexpr bool operator==(NtpTimestamp, NtpTimestamp) = default;
  [[nodiscard]] constexpr bool is_unknown() const { return bits == 0; }
};

// The 32-bit 16.16 format of root delay and root dispersion, 0 to 65536 s.
struct NtpShort {
  std::uint32_t bits{};

  friend constexpr bool operator==(NtpShort, NtpShort) = default;
};

// Nearest timestamp; the era is dropped, as on the wire.
[[nodiscard]] NtpTimestamp to_ntp(WallTime time);

// The wall time within 68 years of `near` that `stamp` can mean. Which era a server means
// PlausibleTime decides.
[[nodiscard]] WallTime from_ntp(NtpTimestamp stamp, WallTime near);

[[nodiscard]] Nanos from_ntp(NtpShort duration);
// Rounds up, so that a dispersion never shrinks on the wire; clamps to [0, 65535 s].
[[nodiscard]] NtpShort to_ntp_short(Nanos duration);

}  // namespace slewd::core
