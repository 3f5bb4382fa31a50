// SPDX-License-Identifier: Apache-2.0
#include "agent/records/jump_line.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"

#include "tests/unit/records/jump_sample.hpp"

namespace slewd::records {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

JumpRecord full_record() {
  JumpRecord record{jump(44), "5b0f4f6e-7a53-4c5e-9d0a-0d7b3c1f2a11"};
  record.event.phase_shift = 5s;
  record.event.rate_change = Ppm{-20.25};
  record.event.originator = "date (process 812, cron.service)";
  return record;
}

JumpTotals full_totals() {
  JumpTotals totals;
  totals.view.note(jump(1, -11s));
  totals.view.note(jump(2, 4s));
  totals.view.recent = {};
  totals.last_id = 43;
  return totals;
}

JumpRecord read_back(const std::string& line) {
  const auto parsed = parse_jump_line(line);
  EXPECT_TRUE(parsed) << parsed.error().describe();
  const auto* record = parsed ? std::get_if<JumpRecord>(&*parsed) : nullptr;
  return record == nullptr ? JumpRecord() : *record;
}

std::string line_refusal(const std::string& line) {
  const auto parsed = parse_jump_line(line);
  return parsed ? "taken" : parsed.error().describe();
}

std::string changed(std::string line, const std::string& from, const std::string& to) {
  const auto at = line.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? line : line.replace(at, from.size(), to);
}

TEST(JumpLine, SaysEverythingOfAnEvent) {
  EXPECT_EQ(
      to_line(full_record()),
      R"({"v":1,"kind":"jump","id":44,"utc":"2023-11-14T22:13:53.000000000Z",)"
      R"("cause":"external_step","size_ns":-11000000000,"uncertainty_ns":40000,)"
      R"("latency_ns":3000000,"phase_shift_ns":5000000000,"rate_change_ppm":-20.25,)"
      R"x("witnesses":"clock_set real-mono","originator":"date (process 812, cron.service)",)x"
      R"("boot_id":"5b0f4f6e-7a53-4c5e-9d0a-0d7b3c1f2a11","boot_ns":164000000000,)"
      R"("mono_ns":144000000000,"wall_before_ns":1700000044000000000,)"
      R"("wall_after_ns":1700000033000000000})");
}

TEST(JumpLine, ReadsBackWhatItWrites) {
  EXPECT_EQ(read_back(to_line(full_record())), full_record());
  for (const core::JumpCause cause : core::kJumpCauses) {
    JumpRecord record = full_record();
    record.event.cause = cause;
    EXPECT_EQ(read_back(to_line(record)), record) << to_string(cause);
  }
  const std::string line = to_line(full_totals());
  const auto parsed = parse_jump_line(line);
  ASSERT_TRUE(parsed) << parsed.error().describe();
  const auto& totals = std::get<JumpTotals>(*parsed);
  EXPECT_EQ(totals.last_id, 43U);
  EXPECT_EQ(totals.view.total, full_totals().view.total);
  EXPECT_EQ(totals.view.largest_backward, 11s);
  EXPECT_EQ(to_line(totals), line);
}

TEST(JumpLine, KeepsForeignTextsOnOneLineAndShort) {
  JumpRecord record = full_record();
  record.event.originator = "evil\n\"v\": 2 \x1b[31m\xff" + std::string(100'000, '"');
  record.event.witnesses = std::string(100'000, '\\');
  record.boot_id = std::string(1000, 'b');
  const std::string line = to_line(record);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_LE(line.size(), limits::kLedgerLineBytes);
  EXPECT_EQ(read_back(line).event, as_recorded(record.event));
  EXPECT_EQ(as_recorded(as_recorded(record.event)), as_recorded(record.event));
}

TEST(JumpLine, HoldsEvenImpossibleNumbers) {
  JumpRecord record = full_record();
  record.event.size = Nanos::min();
  record.event.wall_after = WallTime{Nanos::max()};
  record.event.rate_change = Ppm{std::nan("")};
  EXPECT_EQ(read_back(to_line(record)).event, as_recorded(record.event));
  record.event.rate_change = Ppm{std::numeric_limits<double>::infinity()};
  EXPECT_EQ(read_back(to_line(record)).event.rate_change, Ppm{1e6});
}

TEST(JumpLine, ACauseOfALaterVersionIsUnknown) {
  const std::string line = changed(to_line(full_record()), "external_step", "gravity_wave");
  EXPECT_EQ(read_back(line).event.cause, core::JumpCause::unknown);
}

TEST(JumpLine, RefusesWhatCannotBe) {
  const std::string line = to_line(full_record());
  EXPECT_THAT(line_refusal(""), HasSubstr("jump ledger"));
  EXPECT_EQ(line_refusal("[1]"), "a jump ledger line must be an object, not an array");
  EXPECT_EQ(line_refusal("{}"), "v: the member is missing");
  EXPECT_EQ(line_refusal(changed(line, R"("v":1)", R"("v":2)")), "v: the version 1 is missing");
  EXPECT_EQ(line_refusal(changed(line, R"("jump")", R"("leap")")),
            "kind: jump or totals is missing");
  EXPECT_EQ(line_refusal(changed(line, R"("id":44)", R"("id":0)")),
            "id: a positive number is missing");
  EXPECT_EQ(line_refusal(changed(line, "-11000000000", "9223372036854775807")),
            "size_ns: a time within 146 years is missing");
  EXPECT_EQ(line_refusal(changed(line, "-20.25", "1e7")),
            "rate_change_ppm: a possible number is missing");
  EXPECT_EQ(line_refusal(changed(line, R"(,"mono_ns":144000000000)", "")),
            "mono_ns: the member is missing");
  EXPECT_THAT(line_refusal(std::string(limits::kLedgerLineBytes + 1, ' ')), HasSubstr("bytes"));
}

TEST(JumpLine, RefusesTotalsThatCannotBe) {
  const std::string line = to_line(full_totals());
  EXPECT_EQ(line_refusal(changed(line, R"("last_id":43)", R"("last_id":0)")),
            "last_id: a positive number is missing");
  EXPECT_EQ(line_refusal(changed(line, R"("forward_sizes":[)", R"("forward_sizes":[0,)")),
            "forward_sizes: a count for each bound is missing");
  EXPECT_EQ(line_refusal(changed(line, R"("backward_sizes":[0)", R"("backward_sizes":[-1)")),
            "backward_sizes: a possible number is missing");
  EXPECT_EQ(line_refusal(changed(line, R"("forward_sum_s":4.0)", R"("forward_sum_s":-4.0)")),
            "forward_sum_s: a possible number is missing");
  EXPECT_EQ(line_refusal(changed(line, R"("forward":1)", R"("forward":"many")")),
            "causes: forward: an integer is missing");
  EXPECT_EQ(
      line_refusal(changed(line, R"("largest_backward_ns":1)", R"("largest_backward_ns":-1)")),
      "largest_backward_ns: a magnitude is missing");
}

}  // namespace
}  // namespace slewd::records
