// SPDX-License-Identifier: Apache-2.0
#include "agent/app/jump_recorder.hpp"

#include <utility>

#include "agent/app/jump_journal.hpp"

namespace slewd::app {
namespace {

// Each try may read the whole file.
constexpr Nanos kShortestPause = std::chrono::seconds(1);
constexpr Nanos kLongestPause = std::chrono::seconds(32);

}  // namespace

JumpRecorder::JumpRecorder(records::JumpLedger ledger, std::optional<os::Journal> journal, Log& log)
    : ledger_(std::move(ledger)),
      journal_(std::move(journal)),
      log_(log),
      journalled_(last_id()),
      newest_(last_id()),
      back_off_(kShortestPause, kLongestPause) {
  if (const auto& problem = ledger_.problem())
    log_.write(LogLevel::error, "jump ledger unusable; jumps are kept in memory",
               {{"error", problem->describe()}});
  else
    shift_ = 0;
}

void JumpRecorder::sync(const core::JumpView& jumps, MonoTime now) {
  if (jumps.recent.empty()) return;
  if (journal_) tell_journal(jumps);
  const std::uint64_t newest = jumps.recent.back().id;
  const bool news = std::exchange(newest_, newest) != newest;
  if (failed_at_ && !news && now - *failed_at_ < pause_) return;
  const Result<void> done = write_missing(jumps);
  tell_trouble(done);
  failed_at_.reset();
  if (done) return back_off_.reset();
  failed_at_ = now;
  pause_ = back_off_.next();
}

Result<void> JumpRecorder::write_missing(const core::JumpView& jumps) {
  if (!shift_) {
    if (auto opened = ledger_.ensure_open(); !opened) return opened;
    shift_ = last_id();
  }
  for (const core::ClockEvent& event : jumps.recent)
    if (!event.former)
      if (auto done = write_one(event); !done) return done;
  return {};
}

Result<void> JumpRecorder::write_one(const core::ClockEvent& event) {
  core::ClockEvent recorded = records::as_recorded(event);
  recorded.id += *shift_;
  const core::ClockEvent* known = ledger_.history().view().find(recorded.id);
  const std::uint64_t before = last_id();
  const bool as_it_is = known != nullptr && *known == recorded;
  if (as_it_is || (known == nullptr && recorded.id <= before)) return {};
  auto done = ledger_.append(recorded);
  // The core has dropped the events between while the ledger was not writable.
  if (done && recorded.id > before) lost_events_ += recorded.id - before - 1;
  return done;
}

void JumpRecorder::tell_trouble(const Result<void>& done) {
  if (done) {
    if (failed_at_) log_.write(LogLevel::info, "jump ledger writable again");
    return;
  }
  ++write_failures_;
  if (!failed_at_)
    log_.write(LogLevel::error, "jump ledger not writable; retrying",
               {{"error", done.error().describe()}});
}

void JumpRecorder::tell_journal(const core::JumpView& jumps) {
  for (const core::ClockEvent& event : jumps.recent) {
    if (event.id <= journalled_) continue;
    journalled_ = event.id;
    const Result<void> written = journal_->write(journal_fields(event));
    if (!written && !std::exchange(journal_failed_, true))
      log_.write(LogLevel::warning, "cannot write jumps to the journal",
                 {{"error", written.error().describe()}});
    if (written) journal_failed_ = false;
  }
}

rules::JumpLedgerView JumpRecorder::view() const {
  return {write_failures_, lost_events_, ledger_.history().damaged_lines()};
}

}  // namespace slewd::app
