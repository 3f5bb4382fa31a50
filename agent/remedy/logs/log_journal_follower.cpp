// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/logs/log_journal_follower.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/limits.hpp"

namespace slewd::remedy {

using namespace std::chrono_literals;

namespace {

constexpr Nanos kFirstPause = 1s;
constexpr Nanos kLongestPause = 5min;
constexpr Nanos kLookWithoutEvent = 10s;  // an event that was lost costs no more than this
constexpr Nanos kRecent = std::chrono::seconds(limits::kLogRecentSeconds);

}  // namespace

LogJournalFollower::LogJournalFollower(os::Reactor& reactor, std::unique_ptr<LogJournal> journal,
                                       std::string_view cursor, Reader reader)
    : reactor_(reactor),
      journal_(std::move(journal)),
      reader_(std::move(reader)),
      pause_(kFirstPause),
      timer_(reactor) {
  std::int64_t nanos = 0;
  const auto [end, problem] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), nanos);
  cursor.remove_prefix(static_cast<std::size_t>(end - cursor.data()));
  if (problem == std::errc{} && cursor.starts_with(' '))
    place_ = Place{MonoTime{Nanos{nanos}}, std::string(cursor.substr(1))};
}

LogJournalFollower::~LogJournalFollower() { close(); }

void LogJournalFollower::close() {
  timer_.stop();
  if (std::exchange(open_, false)) reactor_.unwatch(journal_->descriptor());
  journal_->close();
}

void LogJournalFollower::follow(const LogOrigins& origins) {
  if (origins == origins_) return;
  origins_ = origins;
  close();
  problem_.clear();
  pause_ = kFirstPause;
  if (!origins_.empty()) timer_.start(reactor_.now(), [this] { open(); });
}

void LogJournalFollower::open() {
  Result<void> done = journal_->open(origins_);
  if (done) {
    open_ = true;
    done = find_place();
  }
  if (!done) return give_up(done.error());
  wake();
}

Result<void> LogJournalFollower::find_place() {
  resuming_ = place_.has_value();
  if (place_ && !place_->cursor.empty()) {
    if (journal_->seek_near(place_->cursor)) return {};
    place_->cursor.clear();  // not one of this journal: the time must do
  }
  if (place_) return journal_->seek_start();
  if (auto sought = journal_->seek_end(); !sought) return sought;
  auto cursor = journal_->cursor();
  if (!cursor) return fail(std::move(cursor.error()));
  place_ = Place{reactor_.now(), std::move(*cursor)};
  return {};
}

std::string LogJournalFollower::cursor() const {
  return place_ ? std::to_string(place_->at.since_epoch.count()) + " " + place_->cursor : "";
}

// After a new beginning, until the first entry that is newer than the place.
Result<bool> LogJournalFollower::is_known(const LogEntry& entry) {
  if (!resuming_) return false;
  if (entry.at < place_->at) return true;
  resuming_ = entry.at == place_->at;
  if (!resuming_) return false;
  auto cursor = journal_->cursor();
  if (!cursor) return fail(std::move(cursor.error()));
  return *cursor == place_->cursor;
}

void LogJournalFollower::wake() {
  constexpr Nanos kRest = std::chrono::milliseconds(limits::kLogRestMilliseconds);
  Result<void> processed = journal_->process();
  if (!processed) return give_up(processed.error());
  const auto turn = read_turn();
  if (!turn) return give_up(turn.error());
  problem_.clear();
  pause_ = kFirstPause;
  if (*turn == Turn::at_end) return wait();
  // Its events would keep the loop awake while we rest.
  reactor_.unwatch(journal_->descriptor());
  timer_.start(reactor_.now() + kRest, [this] { wake(); });
}

Result<LogJournalFollower::Turn> LogJournalFollower::read_turn() {
  constexpr Nanos kTurn = std::chrono::milliseconds(limits::kLogTurnMilliseconds);
  const MonoTime began = reactor_.now();
  std::optional<MonoTime> last;
  Turn turn = Turn::more_waits;
  for (int i = 0; i < limits::kLogEntriesPerTurn && reactor_.now() - began < kTurn; ++i) {
    auto entry = journal_->next();
    if (!entry) return fail(std::move(entry.error()));
    if (!*entry) {
      turn = Turn::at_end;
      break;
    }
    const auto known = is_known(**entry);
    if (!known) return fail(known.error());
    if (*known) continue;
    last = (*entry)->at;
    if (*last < began - kRecent)
      ++too_old_;
    else
      reader_(**entry);
  }
  if (turn == Turn::at_end) resuming_ = false;
  if (!last) return turn;
  auto cursor = journal_->cursor();
  if (!cursor) return fail(std::move(cursor.error()));
  place_ = Place{*last, std::move(*cursor)};
  return turn;
}

void LogJournalFollower::wait() {
  reactor_.watch(journal_->descriptor(), journal_->events(), [this](short) { wake(); });
  timer_.start(reactor_.now() + kLookWithoutEvent, [this] { wake(); });
}

void LogJournalFollower::give_up(const Error& error) {
  close();
  problem_ = error.describe();
  timer_.start(reactor_.now() + pause_, [this] { open(); });
  pause_ = std::min(pause_ * 2, kLongestPause);
}

}  // namespace slewd::remedy
