// SPDX-License-Identifier: Apache-2.0
#include "agent/records/ledger.hpp"

#include <algorithm>
#include <utility>

namespace slewd::records {

Ledger::Ledger(std::string path, std::string boot_id, std::size_t rotate_at)
    : file_(std::move(path), rotate_at), boot_id_(std::move(boot_id)) {}

Ledger Ledger::in_memory() { return {"", "", limits::kLedgerBytes}; }

Ledger Ledger::open(std::string path, std::string boot_id, std::size_t rotate_at) {
  Ledger ledger(std::move(path), std::move(boot_id), rotate_at);
  (void)ledger.ensure_open(RotatingFile::Try::at_once);
  return ledger;
}

Result<void> Ledger::ensure_open(RotatingFile::Try when) {
  if (file_.path().empty() || file_.is_open()) return {};
  damaged_ = 0;
  const auto learn_line = [this](std::string_view line) { return learn(line); };
  auto opened = file_.open(learn_line, file_.older_path(), when);
  if (opened && !first_own_) first_own_ = next_id_;
  if (!opened && !first_own_) {
    unfinished_.clear();
    former_.clear();
    former_outcomes_.clear();
  }
  return opened;
}

bool Ledger::learn(std::string_view line) {
  auto entry = parse_ledger_line(line);
  if (!entry) {
    ++damaged_;
    return false;
  }
  const std::uint64_t id = entry->id;
  next_id_ = std::max(next_id_, id + 1);
  if (first_own_) return true;  // opened again: what is open now is under way in this process
  if (entry->kind == LedgerEntry::Kind::outcome) {
    unfinished_.erase(id);
    const auto decision = std::ranges::find(former_, id, &FormerDecision::id);
    if (decision != former_.end()) {
      decision->ending = entry->ending;
      if (entry->stamp.boot_id == boot_id_) decision->ended = entry->stamp.mono;
    }
    remember_outcome(std::move(*entry));
  } else {
    remember(*entry);
    unfinished_[id] = std::move(*entry);
  }
  return true;
}

void Ledger::remember(const LedgerEntry& intent) {
  if (former_.size() == limits::kFormerDecisions) forget_one();
  std::optional<MonoTime> decided;
  if (intent.stamp.boot_id == boot_id_) decided = intent.stamp.mono;
  former_.push_back(
      {intent.id, intent.rule, decided, intent.dry_run, intent.clears, {}, {}, intent.undo});
}

void Ledger::forget_one() {
  const auto has_newer = [&](const FormerDecision& decision) {
    return std::ranges::any_of(former_, [&](const FormerDecision& other) {
      return other.id > decision.id && other.rule == decision.rule && !other.dry_run;
    });
  };
  auto oldest = std::ranges::find_if(former_, &FormerDecision::dry_run);
  if (oldest == former_.end()) oldest = std::ranges::find_if(former_, has_newer);
  former_.erase(oldest == former_.end() ? former_.begin() : oldest);
}

void Ledger::remember_outcome(LedgerEntry outcome) {
  if (former_outcomes_.size() == limits::kActionRing) former_outcomes_.pop_front();
  former_outcomes_.push_back({outcome.id, std::move(outcome.rule), std::move(outcome.action),
                              outcome.ending, std::move(outcome.detail), std::move(outcome.outline),
                              outcome.took, outcome.stamp.mono, outcome.stamp.wall,
                              outcome.stamp.boot_id != boot_id_});
}

std::vector<LedgerEntry> Ledger::take_unfinished() {
  std::vector<LedgerEntry> entries;
  for (auto& [id, entry] : std::exchange(unfinished_, {})) entries.push_back(std::move(entry));
  return entries;
}

std::uint64_t Ledger::next_id() {
  // What this process has read once it knows: an append will open the file again.
  if (!first_own_) (void)ensure_open(RotatingFile::Try::when_due);
  return next_id_;
}

Result<void> Ledger::append(const rules::Intent& intent, MonoTime mono, BootTime boot,
                            WallTime wall) {
  if (intent.id < next_id())
    return fail(ErrorCode::invalid, "intent " + std::to_string(intent.id) +
                                        " has been decided before; the next is " +
                                        std::to_string(next_id_));
  Result<void> written = write(entry_of(intent, {boot_id_, mono, boot, wall}));
  // An id is never used twice, even when the disk did not take the line: it may be there in part.
  next_id_ = std::max(next_id_, intent.id + 1);
  return written;
}

Result<void> Ledger::append(const rules::Outcome& outcome, MonoTime mono, BootTime boot,
                            WallTime wall) {
  return write(entry_of(outcome, {boot_id_, mono, boot, wall}));
}

Result<void> Ledger::write(const LedgerEntry& entry) {
  if (file_.path().empty()) return {};
  if (auto opened = ensure_open(RotatingFile::Try::at_once); !opened) return opened;
  return file_.append(to_line(entry));
}

}  // namespace slewd::records
