// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/perf_records.hpp"

#include <gtest/gtest.h>

#include "tests/unit/os/perf_bytes.hpp"

namespace slewd::os {
namespace {

constexpr std::size_t kRingBytes = 256;
constexpr std::uint32_t kThrottle = 5;  // a type that we do not ask for
const Bytes kRaw(20, std::byte{7});

// A ring of which the stream's last bytes, up to position `end`, are `stream`.
Bytes ring_with(const Bytes& stream, std::uint64_t end) {
  Bytes ring(kRingBytes, std::byte{0xff});
  for (std::size_t i = 0; i < stream.size(); ++i)
    ring[(end - stream.size() + i) % kRingBytes] = stream[i];
  return ring;
}

PerfRecords records_of(const Bytes& stream, std::uint64_t end) {
  return {ring_with(stream, end), end - stream.size(), end};
}

TEST(PerfRecords, ASampleHasItsProcessItsTimeAndTheTracepointsRecord) {
  PerfRecords records = records_of(sample(812, 813, 5000, kRaw), 100);
  const auto first = records.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->process, 812);
  EXPECT_EQ(first->thread, 813);
  EXPECT_EQ(first->at, RawTime{Nanos{5000}});
  EXPECT_EQ(Bytes(first->raw.begin(), first->raw.end()), kRaw);
  EXPECT_FALSE(records.next());
  EXPECT_EQ(records.lost(), 0U);
}

TEST(PerfRecords, ARecordMayGoOverTheSeamOfTheRingAnywhere) {
  const Bytes one = sample(812, 812, 5000, kRaw);
  for (std::uint64_t end = kRingBytes; end <= kRingBytes + one.size(); ++end) {
    PerfRecords records = records_of(one, end);
    const auto first = records.next();
    ASSERT_TRUE(first) << end;
    EXPECT_EQ(first->process, 812);
    EXPECT_EQ(Bytes(first->raw.begin(), first->raw.end()), kRaw);
  }
}

TEST(PerfRecords, PositionsMayPassTheEndOf64Bits) {
  PerfRecords records = records_of(sample(812, 812, 5000, kRaw), 8);
  EXPECT_TRUE(records.next());
}

TEST(PerfRecords, AFullRingIsReadWhole) {
  Bytes stream;
  while (stream.size() < kRingBytes) append(stream, sample(1, 1, 1, Bytes(36)));
  ASSERT_EQ(stream.size(), kRingBytes);
  PerfRecords records = records_of(stream, 3 * kRingBytes + 40);
  int count = 0;
  while (records.next()) ++count;
  EXPECT_EQ(count, 4);
}

TEST(PerfRecords, LostRecordsAreCountedAndOtherTypesPassedOver) {
  Bytes stream = lost(3);
  append(stream, record(kThrottle, Bytes(24)));
  append(stream, sample(812, 812, 5000, kRaw));
  append(stream, lost(4));
  PerfRecords records = records_of(stream, 1000);
  EXPECT_TRUE(records.next());
  EXPECT_FALSE(records.next());
  EXPECT_EQ(records.lost(), 7U);
}

TEST(PerfRecords, ARecordThatIsCutOffEndsTheReading) {
  const Bytes whole = sample(812, 812, 5000, kRaw);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    Bytes stream = sample(1, 1, 1, kRaw);
    append(stream, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
    PerfRecords records = records_of(stream, 1000);
    EXPECT_TRUE(records.next());
    EXPECT_FALSE(records.next()) << length;
  }
}

TEST(PerfRecords, ARecordThatClaimsNoLengthEndsTheReading) {
  PerfRecords records = records_of(Bytes(64), 64);
  EXPECT_FALSE(records.next());
}

TEST(PerfRecords, ASampleWithoutRoomForItsContentsIsPassedOver) {
  constexpr std::uint32_t kSample = 9;
  Bytes lies;
  append(lies, std::int64_t{1});
  append(lies, std::int64_t{1});
  append(lies, std::uint32_t{5});  // five bytes that are not there
  Bytes stream = record(kSample, Bytes(16));
  append(stream, record(kSample, lies));
  append(stream, sample(812, 812, 5000, {}));
  PerfRecords records = records_of(stream, 1000);
  const auto good = records.next();
  ASSERT_TRUE(good);
  EXPECT_EQ(good->process, 812);
  EXPECT_TRUE(good->raw.empty());
}

TEST(PerfRecords, MoreThanTheRingHoldsCountsAsLost) {
  PerfRecords records(Bytes(kRingBytes), 0, kRingBytes + 1);
  EXPECT_FALSE(records.next());
  EXPECT_EQ(records.lost(), 1U);
  PerfRecords none({}, 5, 5);
  EXPECT_FALSE(none.next());
}

TEST(PerfRecords, TheEndMayBeCutAway) {
  Bytes stream = sample(1, 1, 1, kRaw);
  append(stream, sample(2, 2, 2, kRaw));
  PerfRecords records = records_of(stream, 1000);
  records.cut(1);
  EXPECT_TRUE(records.next());
  EXPECT_FALSE(records.next());
  records.cut(100000);
  EXPECT_FALSE(records.next());
}

}  // namespace
}  // namespace slewd::os
