// SPDX-License-Identifier: Apache-2.0
#include "agent/records/jump_line.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "agent/records/line_codec.hpp"
#include "base/limits.hpp"
#include "base/one_line.hpp"
#include "base/utc.hpp"

namespace slewd::records {
namespace {

using core::JumpView;

constexpr std::size_t kTextBytes = 1024;  // of witnesses and originator
constexpr std::size_t kBootIdBytes = 64;
// So that no difference of two of them overflows.
constexpr Nanos kLongest{(std::int64_t{1} << 62) - 1};
constexpr double kGreatestPpm = 1e6;
constexpr double kGreatestSum = 1e18;  // s

Nanos within_reach(Nanos time) { return std::clamp(time, -kLongest, kLongest); }

void describe_time(LineCodec& codec, const char* key, Nanos& time) {
  codec.within(key, time, -kLongest, kLongest, "a time within 146 years");
}

void describe_cause(LineCodec& codec, core::JumpCause& cause) {
  codec.word("cause", cause, core::kJumpCauses, std::optional(core::JumpCause::unknown));
}

void describe_record(LineCodec& codec, JumpRecord& record) {
  core::ClockEvent& event = record.event;
  codec.id("id", event.id);
  codec.note("utc", utc_text(event.wall_after));
  describe_cause(codec, event.cause);
  describe_time(codec, "size_ns", event.size);
  describe_time(codec, "uncertainty_ns", event.uncertainty);
  describe_time(codec, "latency_ns", event.latency);
  describe_time(codec, "phase_shift_ns", event.phase_shift);
  codec.within("rate_change_ppm", event.rate_change.value, -kGreatestPpm, kGreatestPpm,
               "a possible number");
  codec.text("witnesses", event.witnesses, kTextBytes);
  codec.text("originator", event.originator, kTextBytes);
  codec.text("boot_id", record.boot_id, kBootIdBytes);
  describe_time(codec, "boot_ns", event.seen_boot.since_epoch);
  describe_time(codec, "mono_ns", event.seen_mono.since_epoch);
  describe_time(codec, "wall_before_ns", event.wall_before.since_epoch);
  describe_time(codec, "wall_after_ns", event.wall_after.since_epoch);
}

// A row for each cause that has been counted.
void describe_counts(LineCodec& codec, JumpView& view) {
  const auto describe_row = [&](LineCodec& row, core::JumpCause cause) {
    describe_cause(row, cause);
    auto counts = view.total[static_cast<std::size_t>(cause)];
    for (std::size_t i = 0; i < counts.size(); ++i)
      row.member(core::to_string(core::kJumpDirections[i]), counts[i]);
    return std::pair(cause, counts);
  };
  if (codec.writing()) {
    JsonValue::Array rows;
    for (const core::JumpCause cause : core::kJumpCauses) {
      if (view.total[static_cast<std::size_t>(cause)] == decltype(view.total)::value_type{})
        continue;
      LineCodec row;
      describe_row(row, cause);
      rows.push_back(row.take());
    }
    return codec.put("causes", {std::move(rows), 0});
  }
  const JsonValue::Array* rows = codec.array("causes");
  if (rows == nullptr) return;
  for (const JsonValue& each : *rows) {
    LineCodec row(each);
    const auto [cause, counts] = describe_row(row, core::JumpCause::unknown);
    codec.take_problem("causes", row);
    // Causes that this version does not know come together.
    auto& total = view.total[static_cast<std::size_t>(cause)];
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += counts[i];
  }
}

// One for each bound of the histogram.
void describe_sizes(LineCodec& codec, const std::string& key,
                    decltype(core::JumpSizes::counts)& counts) {
  std::vector<std::int64_t> numbers(counts.begin(), counts.end());
  codec.member(key, numbers);
  if (numbers.size() != counts.size()) return codec.complain(key, "a count for each bound");
  for (const std::int64_t number : numbers)
    if (number < 0 || number > kLongest.count()) return codec.complain(key, "a possible number");
  std::ranges::copy(numbers, counts.begin());
}

void describe_totals(LineCodec& codec, JumpTotals& totals) {
  codec.id("last_id", totals.last_id);
  codec.within("largest_backward_ns", totals.view.largest_backward, Nanos{0}, kLongest,
               "a magnitude");
  describe_counts(codec, totals.view);
  for (const core::JumpDirection direction : core::kJumpDirections) {
    core::JumpSizes& sizes = totals.view.sizes[static_cast<std::size_t>(direction)];
    const std::string prefix = std::string(core::to_string(direction)) + "_";
    codec.within(prefix + "sum_s", sizes.sum, 0.0, kGreatestSum, "a possible number");
    describe_sizes(codec, prefix + "sizes", sizes.counts);
  }
}

void describe_jump_line(LineCodec& codec, JumpLine& line) {
  std::string kind = line.index() == 0 ? "jump" : "totals";
  codec.member("kind", kind);
  if (!codec.writing() && kind == "totals") line = JumpTotals();
  if (kind == "jump")
    describe_record(codec, std::get<JumpRecord>(line));
  else if (kind == "totals")
    describe_totals(codec, std::get<JumpTotals>(line));
  else
    codec.complain("kind", "jump or totals");
}

}  // namespace

core::ClockEvent as_recorded(core::ClockEvent event) {
  for (Nanos* time : {&event.size, &event.uncertainty, &event.latency, &event.phase_shift,
                      &event.seen_mono.since_epoch, &event.seen_boot.since_epoch,
                      &event.wall_before.since_epoch, &event.wall_after.since_epoch})
    *time = within_reach(*time);
  // For the filters of the moment alone.
  event.phase_sd = event.frequency_sd = 0;
  double& rate = event.rate_change.value;
  rate = std::isnan(rate) ? 0.0 : std::clamp(rate, -kGreatestPpm, kGreatestPpm);
  event.witnesses = one_line(event.witnesses, kTextBytes);
  event.originator = one_line(event.originator, kTextBytes);
  return event;
}

std::string to_line(const JumpRecord& record) {
  return line_of(JumpLine(JumpRecord{as_recorded(record.event), record.boot_id}),
                 describe_jump_line);
}

std::string to_line(const JumpTotals& totals) {
  return line_of(JumpLine(totals), describe_jump_line);
}

Result<JumpLine> parse_jump_line(std::string_view line) {
  return record_of(line, "jump ledger line", limits::kLedgerLineBytes, describe_jump_line);
}

}  // namespace slewd::records
