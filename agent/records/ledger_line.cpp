// SPDX-License-Identifier: Apache-2.0
#include "agent/records/ledger_line.hpp"

#include <utility>

#include "agent/records/line_codec.hpp"
#include "base/duration.hpp"
#include "base/limits.hpp"
#include "base/one_line.hpp"
#include "base/utc.hpp"

namespace slewd::records {
namespace {

// A text may double by its escapes: a line at its longest still fits limits::kLedgerLineBytes.
constexpr std::size_t kEvidenceBytes = 4096;
constexpr std::size_t kDetailBytes = 8192;
constexpr std::size_t kOutlineBytes = 2048;
constexpr std::size_t kShortText = 1024;

std::string link_text(const rules::Link& link) {
  std::string text = rules::describe(link.action) + ", " + format(link.timeout);
  if (link.verify)
    text += ", then " + link.verify->probe + " " + std::to_string(link.verify->successes) +
            " times within " + format(link.verify->within);
  return one_line(text, kShortText);
}

void describe(LineCodec& codec, LedgerEntry& entry) {
  std::string kind = entry.kind == LedgerEntry::Kind::intent ? "intent" : "outcome";
  codec.member("kind", kind);
  codec.id("id", entry.id);
  codec.note("wall", utc_text(entry.stamp.wall));
  codec.member("wall_ns", entry.stamp.wall);
  codec.text("boot_id", entry.stamp.boot_id, kShortText);
  codec.member("boot_ns", entry.stamp.boot);
  codec.member("mono_ns", entry.stamp.mono);
  codec.text("rule", entry.rule, kShortText);
  if (kind == "intent") {
    entry.kind = LedgerEntry::Kind::intent;
    codec.member("dry_run", entry.dry_run);
    codec.sparse("clears", entry.clears);
    entry.undo = one_line(entry.undo, kShortText);
    codec.sparse("undo", entry.undo);
    codec.text("evidence", entry.evidence, kEvidenceBytes);
    if (codec.writing() && entry.links.size() > limits::kActionsPerRule)
      entry.links.resize(limits::kActionsPerRule);
    for (std::string& link : entry.links) link = one_line(link, kShortText);
    codec.member("links", entry.links);
  } else if (kind == "outcome") {
    entry.kind = LedgerEntry::Kind::outcome;
    codec.text("action", entry.action, kShortText);
    codec.word("ending", entry.ending, rules::kEndings);
    codec.text("detail", entry.detail, kDetailBytes);
    entry.outline = one_line(entry.outline, kOutlineBytes);
    codec.sparse("outline", entry.outline);
    codec.member("took_ns", entry.took);
  } else {
    codec.complain("kind", "intent or outcome");
  }
}

}  // namespace

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

std::string to_line(const LedgerEntry& entry) { return line_of(entry, describe); }

Result<LedgerEntry> parse_ledger_line(std::string_view line) {
  return record_of(line, "ledger line", limits::kLedgerLineBytes, describe);
}

}  // namespace slewd::records
