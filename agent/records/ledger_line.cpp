// SPDX-License-Identifier: Apache-2.0
#include "agent/records/ledger_line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "agent/records/line_members.hpp"
#include "base/duration.hpp"
#include "base/json_document.hpp"
#include "base/limits.hpp"
#include "base/one_line.hpp"

namespace slewd::remedy {
namespace {

constexpr int kLedgerLineVersion = 1;
// A text may double by its escapes: a line at its longest still fits limits::kLedgerLineBytes.
constexpr std::size_t kEvidenceBytes = 4096;
constexpr std::size_t kDetailBytes = 8192;
constexpr std::size_t kOutlineBytes = 2048;
constexpr std::size_t kShortText = 1024;

std::string padded(std::int64_t value, std::size_t width) {
  std::string digits = std::to_string(value);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

std::string link_text(const rules::Link& link) {
  std::string text = rules::describe(link.action) + ", " + format(link.timeout);
  if (link.verify)
    text += ", then " + link.verify->probe + " " + std::to_string(link.verify->successes) +
            " times within " + format(link.verify->within);
  return one_line(text, kShortText);
}

std::optional<rules::Ending> ending_of(std::string_view word) {
  const auto* found = std::ranges::find_if(
      rules::kEndings, [&](rules::Ending ending) { return rules::to_string(ending) == word; });
  if (found == rules::kEndings.end()) return std::nullopt;
  return *found;
}

void read_outcome(LineMembers& members, LedgerEntry& entry) {
  entry.kind = LedgerEntry::Kind::outcome;
  std::string word;
  members.read("action", entry.action);
  members.read("ending", word);
  members.read("detail", entry.detail);
  if (members.has("outline")) members.read("outline", entry.outline);
  members.read("took_ns", entry.took);
  const auto ending = ending_of(word);
  if (!ending) members.complain("ending", "a known word");
  entry.ending = ending.value_or(rules::Ending::unknown);
}

}  // namespace

std::string utc_text(WallTime wall) {
  using std::chrono::days;
  const auto whole_days = std::chrono::floor<days>(wall.since_epoch);
  const std::chrono::year_month_day date{std::chrono::sys_days{whole_days}};
  const std::chrono::hh_mm_ss time{wall.since_epoch - whole_days};
  return padded(int{date.year()}, 4) + '-' + padded(unsigned{date.month()}, 2) + '-' +
         padded(unsigned{date.day()}, 2) + 'T' + padded(time.hours().count(), 2) + ':' +
         padded(time.minutes().count(), 2) + ':' + padded(time.seconds().count(), 2) + '.' +
         padded(time.subseconds().count(), 9) + 'Z';
}

LedgerEntry entry_of(const rules::Intent& intent, Stamp stamp) {
  LedgerEntry entry;
  entry.kind = LedgerEntry::Kind::intent;
  entry.id = intent.id;
  entry.stamp = std::move(stamp);
  entry.rule = intent.rule;
  entry.dry_run = intent.dry_run;
  entry.clears = intent.clears;
  entry.undo = intent.undo;
  entry.evidence = intent.evidence;
  for (const rules::Link& link : intent.links) entry.links.push_back(link_text(link));
  return entry;
}

LedgerEntry entry_of(const rules::Outcome& outcome, Stamp stamp) {
  LedgerEntry entry;
  entry.kind = LedgerEntry::Kind::outcome;
  entry.id = outcome.intent;
  entry.stamp = std::move(stamp);
  entry.rule = outcome.rule;
  entry.action = outcome.action;
  entry.ending = outcome.ending;
  entry.detail = outcome.detail;
  entry.outline = outcome.outline;
  entry.took = outcome.took;
  return entry;
}

std::string to_line(const LedgerEntry& entry) {
  nlohmann::ordered_json line;
  const bool intent = entry.kind == LedgerEntry::Kind::intent;
  line["v"] = kLedgerLineVersion;
  line["kind"] = intent ? "intent" : "outcome";
  line["id"] = entry.id;
  line["wall"] = utc_text(entry.stamp.wall);
  line["wall_ns"] = entry.stamp.wall.since_epoch.count();
  line["boot_id"] = one_line(entry.stamp.boot_id, kShortText);
  line["boot_ns"] = entry.stamp.boot.since_epoch.count();
  line["mono_ns"] = entry.stamp.mono.since_epoch.count();
  line["rule"] = one_line(entry.rule, kShortText);
  if (intent) {
    line["dry_run"] = entry.dry_run;
    if (entry.clears) line["clears"] = true;
    if (!entry.undo.empty()) line["undo"] = one_line(entry.undo, kShortText);
    line["evidence"] = one_line(entry.evidence, kEvidenceBytes);
    auto& links = line["links"] = nlohmann::ordered_json::array();
    const std::size_t kept = std::min(entry.links.size(), limits::kActionsPerRule);
    for (std::size_t i = 0; i < kept; ++i) links.push_back(one_line(entry.links[i], kShortText));
  } else {
    line["action"] = one_line(entry.action, kShortText);
    line["ending"] = rules::to_string(entry.ending);
    line["detail"] = one_line(entry.detail, kDetailBytes);
    if (!entry.outline.empty()) line["outline"] = one_line(entry.outline, kOutlineBytes);
    line["took_ns"] = entry.took.count();
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<LedgerEntry> parse_ledger_line(std::string_view line) {
  if (line.size() > limits::kLedgerLineBytes)
    return fail(ErrorCode::limit, "a ledger line of " + std::to_string(line.size()) + " bytes");
  const auto document = parse_json(line, "ledger");
  if (!document) return fail(document.error());
  if (document->object() == nullptr)
    return fail(ErrorCode::invalid,
                "a ledger line must be an object, not " + std::string(document->kind()));
  LineMembers members(*document);
  std::int64_t version = 0;
  std::string kind;
  LedgerEntry entry;
  members.read("v", version);
  if (version != kLedgerLineVersion) members.complain("v", "the version 1");
  members.read("kind", kind);
  members.read_id("id", entry.id);
  members.read("wall_ns", entry.stamp.wall.since_epoch);
  members.read("boot_id", entry.stamp.boot_id);
  members.read("boot_ns", entry.stamp.boot.since_epoch);
  members.read("mono_ns", entry.stamp.mono.since_epoch);
  members.read("rule", entry.rule);
  if (kind == "intent") {
    members.read("dry_run", entry.dry_run);
    if (document->find("clears") != nullptr) members.read("clears", entry.clears);
    if (document->find("undo") != nullptr) members.read("undo", entry.undo);
    members.read("evidence", entry.evidence);
    members.read("links", entry.links);
  } else if (kind == "outcome") {
    read_outcome(members, entry);
  } else {
    members.complain("kind", "intent or outcome");
  }
  if (!members.problem().empty()) return fail(ErrorCode::invalid, members.problem());
  return entry;
}

}  // namespace slewd::remedy
