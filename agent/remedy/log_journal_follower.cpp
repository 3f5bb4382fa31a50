#include "agent/remedy/log_journal_follower.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/limits.hpp"

namespace slewd::remedy {

using namespace std::chrono_literals;

namespace {

constexpr Nanos kFirstPause = 1s;
constexpr Nanos kLongestPause = 5min;
constexpr Nanos kLookAnyway = 10s;  // an event that was lost costs no more than this
constexpr Nanos kTurn = std::chrono::milliseconds(limits::kLogTurnMilliseconds);
constexpr Nanos kRest = std::chrono::milliseconds(limits::kLogRestMilliseconds);
constexpr Nanos kRecent = std::chrono::seconds(limits::kLogRecentSeconds);

}  // namespace

LogJournalFollower::LogJournalFollower(Reactor& reactor, std::unique_ptr<LogJournal> journal,
                                       std::string cursor, Reader reader)
    : reactor_(reactor),
      journal_(std::move(journal)),
      cursor_(std::move(cursor)),
      reader_(std::move(reader)),
      pause_(kFirstPause),
      timer_(reactor) {}

LogJournalFollower::~LogJournalFollower() { close(); }

void LogJournalFollower::close() {
  timer_.stop();
  if (std::exchange(open_, false)) reactor_.unwatch(journal_->descriptor());
  journal_->close();
}

void LogJournalFollower::follow(const LogOrigins& origins) {
  if (origins == origins_) return;
  if (origins_.empty()) since_ = reactor_.now();
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
  if (!cursor_.empty()) return journal_->seek_after(cursor_);
  // After trouble with a journal in which nothing was found before.
  if (ever_read_) return journal_->seek_since(since_);
  if (auto sought = journal_->seek_end(); !sought) return sought;
  ever_read_ = true;
  return remember_place();
}

Result<void> LogJournalFollower::remember_place() {
  auto cursor = journal_->cursor();
  if (!cursor) return fail(std::move(cursor.error()));
  if (!cursor->empty()) cursor_ = std::move(*cursor);
  return {};
}

void LogJournalFollower::wake() {
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
  const MonoTime began = reactor_.now();
  bool read = false;
  Turn turn = Turn::more_waits;
  for (int i = 0; i < limits::kLogEntriesPerTurn && reactor_.now() - began < kTurn; ++i) {
    auto entry = journal_->next();
    if (!entry) return fail(std::move(entry.error()));
    if (!*entry) {
      turn = Turn::at_end;
      break;
    }
    read = true;
    if ((*entry)->at < began - kRecent) {
      ++skips_;
      if (auto sought = journal_->seek_since(began - kRecent); !sought)
        return fail(std::move(sought.error()));
      read = false;  // at no entry now
      continue;
    }
    reader_(**entry);
  }
  ever_read_ = true;
  if (read)
    if (auto remembered = remember_place(); !remembered) return fail(std::move(remembered.error()));
  return turn;
}

void LogJournalFollower::wait() {
  reactor_.watch(journal_->descriptor(), journal_->events(), [this](short) { wake(); });
  timer_.start(reactor_.now() + kLookAnyway, [this] { wake(); });
}

void LogJournalFollower::give_up(const Error& error) {
  close();
  problem_ = error.describe();
  timer_.start(reactor_.now() + pause_, [this] { open(); });
  pause_ = std::min(pause_ * 2, kLongestPause);
}

}  // namespace slewd::remedy
