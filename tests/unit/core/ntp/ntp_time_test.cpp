// SPDX-License-Identifier: Apache-2.0
#include "agent/core/ntp/ntp_time.hpp"

#include <random>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

TEST(NtpTime, KnowsTheUnixEpoch) { EXPECT_EQ(to_ntp(WallTime{0s}).bits, 2'208'988'800ULL << 32); }

TEST(NtpTime, HalfASecondIsTheHighestFractionBit) {
  EXPECT_EQ(to_ntp(WallTime{500ms}).bits & 0xffffffffU, 0x80000000U);
  EXPECT_EQ(to_ntp(WallTime{-500ms}).bits, (2'208'988'799ULL << 32) | 0x80000000U);
}

TEST(NtpTime, RoundTripsToTheNanosecondInEveryEra) {
  const std::uint64_t seed = 7;
  std::mt19937_64 random(seed);
  for (int i = 0; i < 5000; ++i) {
    // 1900 to 2190: era 0, the change in 2036, and well into era 1.
    const auto seconds = static_cast<std::int64_t>(random() % 9'000'000'000ULL) - 2'000'000'000;
    const WallTime time{
        Nanos{seconds * 1'000'000'000 + static_cast<std::int64_t>(random() % 1'000'000'000)}};
    const WallTime pivot = time + Nanos(static_cast<std::int64_t>(random() % 1000) * 24h * 20);
    EXPECT_LE(magnitude(from_ntp(to_ntp(time), pivot) - time), Nanos{1}) << "seed " << seed;
  }
}

TEST(NtpTime, TheEraFollowsThePivot) {
  const NtpTimestamp first_second_of_era_one{0};
  const WallTime in_2036{std::chrono::seconds{2'085'978'496}};
  EXPECT_EQ(from_ntp(first_second_of_era_one, in_2036), in_2036);
  const WallTime in_1900{std::chrono::seconds{-2'208'988'800}};
  EXPECT_EQ(from_ntp(first_second_of_era_one, in_1900 + 24h), in_1900);
}

TEST(NtpTime, ShortFormatRoundsUpAndClamps) {
  EXPECT_EQ(to_ntp_short(1s).bits, 0x10000U);
  EXPECT_EQ(to_ntp_short(Nanos{1}).bits, 1U);
  EXPECT_EQ(to_ntp_short(-1s).bits, 0U);
  EXPECT_EQ(to_ntp_short(100000s).bits, 65535U << 16);
  EXPECT_EQ(from_ntp(NtpShort{0x8000}), 500ms);
}

}  // namespace
}  // namespace slewd::core
