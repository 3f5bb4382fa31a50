// SPDX-License-Identifier: Apache-2.0
// The bytes of ClockBound's shared memory segments, versions 2 and 3 of its published protocol, in
// the byte order of this machine. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "agent/clockbound/time_bound.hpp"

namespace slewd::clockbound {

inline constexpr std::array<std::uint32_t, 2> kMagic{0x414D5A4E, 0x43420200};
inline constexpr std::size_t kHeaderBytes = 16;
inline constexpr std::size_t kGenerationAt = 14;  // of two bytes

// Multiples of eight bytes: a segment is copied word by word.
using Version2 = std::array<std::uint64_t, 8>;
using Version3 = std::array<std::uint64_t, 11>;
using Header = std::array<std::uint64_t, 2>;

inline constexpr std::uint16_t kVersion2 = 2;
inline constexpr std::uint16_t kVersion3 = 0x0303;  // the least version in the upper byte

// Without a generation: 0 says that the rest is not valid yet.
[[nodiscard]] Header header_of(std::uint16_t version, std::size_t content_bytes);
[[nodiscard]] Version2 version_2(const TimeBound& bound);
[[nodiscard]] Version3 version_3(const CounterBound& bound);

// A value from 0 up to 1 as fraction / 2^(64 + shift), with as many digits as fit.
struct ScaledFraction {
  std::uint64_t fraction = 0;
  std::uint8_t shift = 0;
};
[[nodiscard]] ScaledFraction scaled(double value);

// The number that follows `generation`: odd while the content is written, even after it, never 0.
[[nodiscard]] std::uint16_t begun(std::uint16_t generation);
[[nodiscard]] std::uint16_t ended(std::uint16_t generation);

}  // namespace slewd::clockbound
