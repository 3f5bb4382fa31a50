// SPDX-License-Identifier: Apache-2.0
// The bytes are those of ClockBound's published protocol.
#include "agent/clockbound/segment_layout.hpp"

#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

namespace slewd::clockbound {
namespace {

using namespace std::chrono_literals;

template <class Integer, class Words>
Integer at(const Words& words, std::size_t offset) {
  Integer value{};
  std::memcpy(&value, reinterpret_cast<const char*>(words.data()) + offset, sizeof value);
  return value;
}

TEST(SegmentLayout, TheHeaderHasMagicSizeAndVersion) {
  const Header header = header_of(kVersion2, sizeof(Version2));
  EXPECT_EQ(at<std::uint32_t>(header, 0), 0x414D5A4EU);
  EXPECT_EQ(at<std::uint32_t>(header, 4), 0x43420200U);
  EXPECT_EQ(at<std::uint32_t>(header, 8), 80U);
  EXPECT_EQ(at<std::uint16_t>(header, 12), 2);
  EXPECT_EQ(at<std::uint16_t>(header, 14), 0) << "not valid yet";
  EXPECT_EQ(at<std::uint32_t>(header_of(kVersion3, sizeof(Version3)), 8), 104U);
}

TEST(SegmentLayout, Version2HasItsFieldsInOrder) {
  const TimeBound bound{.as_of = MonoTime{3s + 4ns},
                        .void_after = MonoTime{5s + 6ns},
                        .bound = 7us,
                        .growth_ppb = 8,
                        .status = Status::free_running,
                        .disruptions = 9};
  const Version2 words = version_2(bound);
  EXPECT_EQ(at<std::int64_t>(words, 0), 3);
  EXPECT_EQ(at<std::int64_t>(words, 8), 4);
  EXPECT_EQ(at<std::int64_t>(words, 16), 5);
  EXPECT_EQ(at<std::int64_t>(words, 24), 6);
  EXPECT_EQ(at<std::int64_t>(words, 32), 7000);
  EXPECT_EQ(at<std::uint64_t>(words, 40), 9U);
  EXPECT_EQ(at<std::uint32_t>(words, 48), 8U);
  EXPECT_EQ(at<std::int32_t>(words, 52), 2);
  EXPECT_EQ(at<std::uint64_t>(words, 56), 0U) << "no device's marker, and padding";
}

TEST(SegmentLayout, Version3HasItsFieldsInOrder) {
  const CounterBound bound{.counter = 1,
                           .as_of = WallTime{2s + 3ns},
                           .void_after = WallTime{4s + 5ns},
                           .period = 0.5,
                           .period_error = 0.25,
                           .bound = 6us,
                           .growth_ppb = 7,
                           .status = Status::synchronized,
                           .disruptions = 8};
  const Version3 words = version_3(bound);
  EXPECT_EQ(at<std::uint64_t>(words, 0), 1U);
  EXPECT_EQ(at<std::int64_t>(words, 8), 2);
  EXPECT_EQ(at<std::int64_t>(words, 16), 3);
  EXPECT_EQ(at<std::int64_t>(words, 24), 4);
  EXPECT_EQ(at<std::int64_t>(words, 32), 5);
  EXPECT_EQ(std::ldexp(at<std::uint64_t>(words, 40), -64 - at<std::uint8_t>(words, 81)), 0.5);
  EXPECT_EQ(std::ldexp(at<std::uint64_t>(words, 48), -64 - at<std::uint8_t>(words, 82)), 0.25);
  EXPECT_EQ(at<std::int64_t>(words, 56), 6000);
  EXPECT_EQ(at<std::uint64_t>(words, 64), 8U);
  EXPECT_EQ(at<std::uint32_t>(words, 72), 7U);
  EXPECT_EQ(at<std::int32_t>(words, 76), 1);
}

TEST(SegmentLayout, AFractionKeepsTheDigitsOfADouble) {
  for (const double value : {1 / 3.0e9, 1 / 2.5e9, 1e-9, 0.999, 1.0 / 24e6, 3e-12}) {
    const ScaledFraction fraction = scaled(value);
    EXPECT_NEAR(std::ldexp(fraction.fraction, -64 - fraction.shift) / value, 1, 1e-15) << value;
  }
  EXPECT_EQ(scaled(0).fraction, 0U);
}

TEST(SegmentLayout, TheGenerationIsOddWhileItIsWrittenAndNeverZeroAfterIt) {
  EXPECT_EQ(begun(0), 1);
  EXPECT_EQ(ended(0), 2);
  EXPECT_EQ(begun(7), 7) << "a writer that ended in the middle has left it odd";
  EXPECT_EQ(ended(7), 8);
  EXPECT_EQ(ended(65534), 2);
}

}  // namespace
}  // namespace slewd::clockbound
