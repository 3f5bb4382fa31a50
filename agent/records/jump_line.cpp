// SPDX-License-Identifier: Apache-2.0
#include "agent/records/jump_line.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "agent/records/ledger_line.hpp"
#include "agent/records/line_members.hpp"
#include "base/json_document.hpp"
#include "base/limits.hpp"
#include "base/one_line.hpp"

namespace slewd::app {
namespace {

using Json = nlohmann::ordered_json;
using core::JumpView;
using remedy::LineMembers;

constexpr int kVersion = 1;
constexpr std::size_t kTextBytes = 1024;  // of witnesses and originator
constexpr std::size_t kBootIdBytes = 64;
constexpr std::int64_t kIdsEnd = std::int64_t{1} << 62;
// So that no difference of two of them overflows.
constexpr Nanos kLongest{(std::int64_t{1} << 62) - 1};
constexpr double kGreatestPpm = 1e6;
constexpr double kGreatestSum = 1e18;  // s

Nanos within_reach(Nanos time) { return std::clamp(time, -kLongest, kLongest); }

std::string text_of(const Json& line) {
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

core::JumpCause cause_of(std::string_view word) {
  const auto* const found = std::ranges::find(
      core::kJumpCauses, word, [](core::JumpCause cause) { return core::to_string(cause); });
  return found == core::kJumpCauses.end() ? core::JumpCause::unknown : *found;
}

void read_time(LineMembers& members, std::string_view key, Nanos& out) {
  members.read(key, out);
  if (out != within_reach(out)) members.complain(key, "a time within 146 years");
}

void read_number(LineMembers& members, std::string_view key, double least, double greatest,
                 double& out) {
  members.read(key, out);
  if (!(out >= least && out <= greatest)) members.complain(key, "a possible number");
}

std::uint64_t read_count(LineMembers& members, std::string_view key, std::int64_t least = 0) {
  std::int64_t count = least;
  members.read(key, count);
  if (count < least || count >= kIdsEnd) members.complain(key, "a possible number");
  return static_cast<std::uint64_t>(std::max(count, least));
}

JumpRecord read_record(LineMembers& members) {
  JumpRecord record;
  core::ClockEvent& event = record.event;
  std::string cause;
  event.id = read_count(members, "id", 1);
  members.read("cause", cause);
  event.cause = cause_of(cause);
  read_time(members, "size_ns", event.size);
  read_time(members, "uncertainty_ns", event.uncertainty);
  read_time(members, "latency_ns", event.latency);
  read_time(members, "phase_shift_ns", event.phase_shift);
  read_number(members, "rate_change_ppm", -kGreatestPpm, kGreatestPpm, event.rate_change.value);
  members.read("witnesses", event.witnesses);
  members.read("originator", event.originator);
  members.read("boot_id", record.boot_id);
  read_time(members, "boot_ns", event.seen_boot.since_epoch);
  read_time(members, "mono_ns", event.seen_mono.since_epoch);
  read_time(members, "wall_before_ns", event.wall_before.since_epoch);
  read_time(members, "wall_after_ns", event.wall_after.since_epoch);
  return record;
}

void read_totals_of_causes(LineMembers& members, JumpView& view) {
  const JsonValue::Array* rows = members.array("causes");
  if (rows == nullptr) return;
  for (const JsonValue& row : *rows) {
    LineMembers inner(row);
    std::string cause;
    inner.read("cause", cause);
    auto& directions = view.total[static_cast<std::size_t>(cause_of(cause))];
    for (std::size_t i = 0; i < directions.size(); ++i)
      directions[i] += read_count(inner, core::to_string(core::kJumpDirections[i]));
    if (!inner.problem().empty()) members.complain("causes", inner.problem());
  }
}

void read_sizes(LineMembers& members, core::JumpDirection direction, core::JumpSizes& sizes) {
  const std::string prefix = std::string(core::to_string(direction)) + "_";
  read_number(members, prefix + "sum_s", 0, kGreatestSum, sizes.sum);
  const JsonValue::Array* counts = members.array(prefix + "sizes");
  if (counts == nullptr) return;
  if (counts->size() != sizes.counts.size())
    return members.complain(prefix + "sizes", "a count for each bound");
  for (std::size_t i = 0; i < sizes.counts.size(); ++i) {
    const std::int64_t* count = (*counts)[i].integer();
    if (count == nullptr || *count < 0 || *count >= kIdsEnd)
      return members.complain(prefix + "sizes", "a possible number");
    sizes.counts[i] = static_cast<std::uint64_t>(*count);
  }
}

JumpTotals read_totals(LineMembers& members) {
  JumpTotals totals;
  totals.last_id = read_count(members, "last_id", 1);
  read_time(members, "largest_backward_ns", totals.view.largest_backward);
  if (totals.view.largest_backward < Nanos{0})
    members.complain("largest_backward_ns", "a magnitude");
  read_totals_of_causes(members, totals.view);
  for (const core::JumpDirection direction : core::kJumpDirections)
    read_sizes(members, direction, totals.view.sizes[static_cast<std::size_t>(direction)]);
  return totals;
}

Result<JsonValue> parse_object(std::string_view line) {
  if (line.size() > limits::kLedgerLineBytes)
    return fail(ErrorCode::limit, "a line of " + std::to_string(line.size()) + " bytes");
  auto document = parse_json(line, "jump ledger");
  if (document && document->object() == nullptr)
    return fail(ErrorCode::invalid,
                "a line must be an object, not " + std::string(document->kind()));
  return document;
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
  const core::ClockEvent event = as_recorded(record.event);
  Json line;
  line["v"] = kVersion;
  line["kind"] = "jump";
  line["id"] = event.id;
  line["utc"] = remedy::utc_text(event.wall_after);
  line["cause"] = core::to_string(event.cause);
  line["size_ns"] = event.size.count();
  line["uncertainty_ns"] = event.uncertainty.count();
  line["latency_ns"] = event.latency.count();
  line["phase_shift_ns"] = event.phase_shift.count();
  line["rate_change_ppm"] = event.rate_change.value;
  line["witnesses"] = event.witnesses;
  line["originator"] = event.originator;
  line["boot_id"] = one_line(record.boot_id, kBootIdBytes);
  line["boot_ns"] = event.seen_boot.since_epoch.count();
  line["mono_ns"] = event.seen_mono.since_epoch.count();
  line["wall_before_ns"] = event.wall_before.since_epoch.count();
  line["wall_after_ns"] = event.wall_after.since_epoch.count();
  return text_of(line);
}

std::string to_line(const JumpTotals& totals) {
  Json line;
  line["v"] = kVersion;
  line["kind"] = "totals";
  line["last_id"] = totals.last_id;
  line["largest_backward_ns"] = within_reach(totals.view.largest_backward).count();
  Json& causes = line["causes"] = Json::array();
  for (const core::JumpCause cause : core::kJumpCauses) {
    const auto& directions = totals.view.total[static_cast<std::size_t>(cause)];
    if (std::ranges::all_of(directions, [](std::uint64_t count) { return count == 0; })) continue;
    Json row{{"cause", core::to_string(cause)}};
    for (std::size_t i = 0; i < directions.size(); ++i)
      row[std::string(core::to_string(core::kJumpDirections[i]))] = directions[i];
    causes.push_back(row);
  }
  for (const core::JumpDirection direction : core::kJumpDirections) {
    const core::JumpSizes& sizes = totals.view.sizes[static_cast<std::size_t>(direction)];
    const std::string prefix = std::string(core::to_string(direction)) + "_";
    line[prefix + "sum_s"] = std::min(sizes.sum, kGreatestSum);
    line[prefix + "sizes"] = sizes.counts;
  }
  return text_of(line);
}

Result<JumpLine> parse_jump_line(std::string_view line) {
  const auto document = parse_object(line);
  if (!document) return fail(document.error());
  LineMembers members(*document);
  std::int64_t version = 0;
  std::string kind;
  members.read("v", version);
  if (version != kVersion) members.complain("v", "the version 1");
  members.read("kind", kind);
  std::optional<JumpLine> parsed;
  if (kind == "jump") parsed = read_record(members);
  if (kind == "totals") parsed = read_totals(members);
  if (!parsed) members.complain("kind", "jump or totals");
  if (!members.problem().empty()) return fail(ErrorCode::invalid, members.problem());
  return std::move(*parsed);
}

}  // namespace slewd::app
