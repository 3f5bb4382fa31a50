// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/traced_call.hpp"

#include <gtest/gtest.h>

#include "tests/unit/os/perf_bytes.hpp"

namespace slewd::os {
namespace {

const TracepointList kTracepoints{{Traced::clock_settime, 482, 16},
                                  {Traced::settimeofday, 449, 0},
                                  {Traced::clock_adjtime, 478, 16},
                                  {Traced::adjtimex, 447, 0},
                                  {Traced::process_exit, 369, 8}};

PerfSample sample_of(const Bytes& raw, int process = 812, int thread = 812) {
  return {process, thread, RawTime{Nanos{5000}}, raw};
}

TEST(TracedCall, SettingTheWallClockIsASet) {
  for (const Bytes& raw : {call_record(482, 0), call_record(449, 0xdeadbeef)}) {
    const auto call = decode_call(sample_of(raw), kTracepoints);
    ASSERT_TRUE(call);
    EXPECT_TRUE(call->sets);
    EXPECT_EQ(call->process, 812);
    EXPECT_EQ(call->at, RawTime{Nanos{5000}});
  }
}

TEST(TracedCall, AdjtimexMayOnlyHaveRead) {
  for (const Bytes& raw : {call_record(478, 0), call_record(447, 0xdeadbeef)}) {
    const auto call = decode_call(sample_of(raw), kTracepoints);
    ASSERT_TRUE(call);
    EXPECT_FALSE(call->sets);
  }
}

TEST(TracedCall, TheClocksOfNetworkCardsAreNotOurs) {
  const auto card = static_cast<std::uint64_t>(-29);  // as a descriptor becomes a clock id
  EXPECT_FALSE(decode_call(sample_of(call_record(482, card)), kTracepoints));
  EXPECT_FALSE(decode_call(sample_of(call_record(478, card)), kTracepoints));
}

TEST(TracedCall, AProcessThatWeCannotSeeHasNoNumber) {
  const auto call = decode_call(sample_of(call_record(449, 0), -1, -1), kTracepoints);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->process, 0);
}

TEST(TracedCall, WhatIsTooShortOrUnknownIsNone) {
  EXPECT_FALSE(decode_call(sample_of({}), kTracepoints));
  EXPECT_FALSE(decode_call(sample_of(call_record(999, 0)), kTracepoints));
  Bytes cut = call_record(482, 0);
  cut.pop_back();
  EXPECT_FALSE(decode_call(sample_of(cut), kTracepoints));
  EXPECT_FALSE(decode_call(sample_of(exit_record(369, "date")), kTracepoints));
  EXPECT_FALSE(decode_end(sample_of(call_record(482, 0)), kTracepoints));
}

TEST(TracedCall, TheEndOfAProcessTellsItsCommand) {
  const auto end = decode_end(sample_of(exit_record(369, "date")), kTracepoints);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->command, "date");
  EXPECT_EQ(end->process, 812);
  EXPECT_EQ(decode_end(sample_of(exit_record(369, "sixteen\ncharact.")), kTracepoints)->command,
            "sixteen?charact.");
}

TEST(TracedCall, TheEndOfAThreadIsNotTheEndOfItsProcess) {
  EXPECT_FALSE(decode_end(sample_of(exit_record(369, "worker"), 812, 813), kTracepoints));
  Bytes cut = exit_record(369, "date");
  cut.pop_back();
  EXPECT_FALSE(decode_end(sample_of(cut), kTracepoints));
}

}  // namespace
}  // namespace slewd::os
