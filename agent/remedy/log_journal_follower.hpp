// Reads the journal as it grows, on a reactor: by cursor, in bounded turns, and again after
// trouble. An entry may be told twice after trouble with the journal, but none is lost, except when
// more come than can be read for limits::kLogRecentSeconds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/remedy/log_journal.hpp"
#include "agent/remedy/reactor.hpp"
#include "base/error.hpp"

namespace slewd::remedy {

class LogJournalFollower {
 public:
  // Must neither change nor destroy the follower.
  using Reader = std::function<void(const LogEntry&)>;

  // `cursor`: where an earlier run of this boot has ended; empty when there is none: then what is
  // in the journal already is not read.
  LogJournalFollower(Reactor& reactor, std::unique_ptr<LogJournal> journal, std::string cursor,
                     Reader reader);
  LogJournalFollower(const LogJournalFollower&) = delete;
  LogJournalFollower& operator=(const LogJournalFollower&) = delete;
  ~LogJournalFollower();

  // Whom to follow from now on; nobody closes the journal. Reads nothing before the next turn.
  void follow(const LogOrigins& origins);

  // Behind the last entry that was read; empty when nothing is known.
  [[nodiscard]] const std::string& cursor() const { return cursor_; }
  // Why the journal is not read now; empty when it is, or when nobody is followed.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // Times that entries were passed over because they were too old when we came to them.
  [[nodiscard]] std::uint64_t skips() const { return skips_; }

 private:
  enum class Turn { at_end, more_waits };

  void close();
  void open();
  [[nodiscard]] Result<void> find_place();
  void wake();
  [[nodiscard]] Result<Turn> read_turn();
  [[nodiscard]] Result<void> remember_place();
  void wait();
  void give_up(const Error& error);

  Reactor& reactor_;
  std::unique_ptr<LogJournal> journal_;
  std::string cursor_;
  Reader reader_;
  LogOrigins origins_;
  bool open_ = false;
  bool ever_read_ = false;
  MonoTime since_;  // when following began
  Nanos pause_;     // before the next try
  std::string problem_;
  std::uint64_t skips_ = 0;
  Timer timer_;  // the next try, the next turn, or the next look without an event
};

}  // namespace slewd::remedy
