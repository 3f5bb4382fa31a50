// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/vmclock.hpp"

#include <atomic>
#include <limits>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/os/fakes.hpp"
#include "tests/unit/os/vmclock_page.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::os {
namespace {

using testing::HasSubstr;

ErrorCode refusal(const std::vector<std::byte>& bytes) {
  const auto page = parse_vmclock(bytes);
  return page ? ErrorCode::internal : page.error().code();
}

TEST(Vmclock, APageSaysWhatItHolds) {
  PageMaker maker;
  maker.marker = 0x1122334455667788;
  maker.flags = kImminent | kMaxErrorValid | kGenerationPresent;
  maker.max_error = 25'000;
  maker.generation = 0x8877665544332211;
  maker.scale = 1;
  const auto page = parse_vmclock(maker.bytes());
  ASSERT_TRUE(page) << page.error().describe();
  EXPECT_EQ(page->disruption_marker, 0x1122334455667788U);
  EXPECT_EQ(page->generation, 0x8877665544332211U);
  EXPECT_EQ(page->max_error, Nanos{25'000});
  EXPECT_TRUE(page->disruption_imminent);
  EXPECT_FALSE(page->disruption_soon);
  EXPECT_EQ(page->status, VmclockStatus::synchronized);
  EXPECT_EQ(page->scale, VmclockScale::tai);
}

TEST(Vmclock, FieldsCountOnlyWhereTheirFlagsSaySo) {
  PageMaker maker;
  maker.flags = kSoon;
  maker.max_error = 1;
  maker.generation = 1;
  const auto page = parse_vmclock(maker.bytes());
  ASSERT_TRUE(page);
  EXPECT_FALSE(page->generation);
  EXPECT_FALSE(page->max_error);
  EXPECT_TRUE(page->disruption_soon);
  EXPECT_FALSE(page->disruption_imminent);
}

TEST(Vmclock, FieldsBeyondTheStatedSizeOrTheTextAreAbsent) {
  PageMaker maker;
  maker.flags = kMaxErrorValid | kGenerationPresent;
  maker.size = 104;  // as before the generation counter came
  const auto stated = parse_vmclock(maker.bytes());
  ASSERT_TRUE(stated);
  EXPECT_FALSE(stated->generation);
  EXPECT_TRUE(stated->max_error);
  maker.size = 4096;
  const auto least = parse_vmclock(maker.bytes(32));
  ASSERT_TRUE(least);
  EXPECT_EQ(least->disruption_marker, 77U);
  EXPECT_FALSE(least->generation);
  EXPECT_FALSE(least->max_error);
  EXPECT_EQ(least->status, VmclockStatus::unknown);
}

TEST(Vmclock, UnknownNumbersReadAsUnknownAndLargeErrorsSaturate) {
  PageMaker maker;
  maker.status = 200;
  maker.scale = 4;
  maker.flags = kMaxErrorValid;
  maker.max_error = std::numeric_limits<std::uint64_t>::max();
  const auto page = parse_vmclock(maker.bytes());
  ASSERT_TRUE(page);
  EXPECT_EQ(to_string(page->status), "unknown");
  EXPECT_EQ(to_string(page->scale), "unknown");
  EXPECT_EQ(page->max_error, Nanos::max());
}

TEST(Vmclock, OtherPagesAreRefused) {
  EXPECT_EQ(refusal(PageMaker().bytes(31)), ErrorCode::invalid);
  EXPECT_EQ(refusal(std::vector<std::byte>(4096)), ErrorCode::invalid);
  PageMaker small;
  small.size = 16;
  EXPECT_EQ(refusal(small.bytes()), ErrorCode::invalid);
  PageMaker newer;
  newer.version = 2;
  EXPECT_EQ(refusal(newer.bytes()), ErrorCode::unsupported);
  PageMaker writing;
  writing.sequence = 3;
  EXPECT_EQ(refusal(writing.bytes()), ErrorCode::unavailable);
}

TEST(Vmclock, AMappedPageShowsEachChange) {
  const TemporaryFolder folder;
  const std::string path = folder.file("vmclock0");
  PageMaker maker;
  maker.write(path);
  const auto clock = Vmclock::open(path);
  ASSERT_TRUE(clock) << clock.error().describe();
  EXPECT_TRUE(clock->mapped());
  EXPECT_EQ(clock->read()->disruption_marker, 77U);
  maker.marker = 78;
  maker.sequence = 4;
  maker.write(path);
  EXPECT_EQ(clock->read()->disruption_marker, 78U);
}

TEST(Vmclock, AWriterThatDoesNotFinishIsGivenUpAndNotRead) {
  const TemporaryFolder folder;
  const std::string path = folder.file("vmclock0");
  PageMaker maker;
  maker.sequence = 3;
  maker.write(path);
  const auto clock = Vmclock::open(path);
  ASSERT_TRUE(clock) << "a page that is being written is a page";
  EXPECT_EQ(clock->read().error().code(), ErrorCode::unavailable);
}

TEST(Vmclock, APageThatIsTooShortToMapIsReadByCalls) {
  const TemporaryFolder folder;
  const std::string path = folder.file("vmclock0");
  PageMaker maker;
  maker.flags = kGenerationPresent;
  maker.generation = 5;
  maker.write(path, 112);
  auto clock = Vmclock::open(path);
  ASSERT_TRUE(clock) << clock.error().describe();
  EXPECT_FALSE(clock->mapped());
  const Vmclock moved = std::move(*clock);
  EXPECT_EQ(moved.read()->generation, 5U);
}

TEST(Vmclock, ADeviceThatIsNotThereOrIsNoneIsAnErrorWithItsPath) {
  const TemporaryFolder folder;
  const auto none = Vmclock::open(folder.file("vmclock0"));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::not_found);
  const auto zeros = Vmclock::open("/dev/zero");
  ASSERT_FALSE(zeros);
  EXPECT_THAT(zeros.error().describe(), HasSubstr("/dev/zero: not a vmclock page"));
}

// The lock of the page under load: a reader never sees one field of an update without the other.
TEST(Vmclock, AReaderNeverSeesHalfAnUpdate) {
  const TemporaryFolder folder;
  const std::string path = folder.file("vmclock0");
  PageMaker maker;
  maker.flags = kGenerationPresent;
  maker.generation = maker.marker;
  maker.write(path);
  const auto clock = Vmclock::open(path);
  ASSERT_TRUE(clock);
  std::atomic<bool> done{false};
  std::jthread hypervisor([&] {
    for (std::uint64_t i = 1; i <= 2000; ++i) {
      ++maker.sequence;  // odd
      maker.write(path);
      maker.marker = maker.generation = 77 + i;
      maker.write(path);
      ++maker.sequence;
      maker.write(path);
    }
    done.store(true);
  });
  while (!done.load()) {
    const auto page = clock->read();
    if (page) {
      ASSERT_EQ(page->disruption_marker, page->generation);
    }
  }
  EXPECT_EQ(clock->read()->disruption_marker, 2077U);
}

}  // namespace
}  // namespace slewd::os
