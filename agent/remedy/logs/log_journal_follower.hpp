// SPDX-License-Identifier: Apache-2.0
// Reads the journal as it grows, on a reactor: by cursor, in bounded turns, and again after
// trouble. An entry may be reported twice after trouble with the journal, but none is lost, except
// when more come than can be read for limits::kLogRecentSeconds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/os/reactor.hpp"
#include "agent/remedy/logs/log_journal.hpp"
#include "base/error.hpp"

namespace slewd::remedy {

class LogJournalFollower {
 public:
  // Must neither change nor destroy the follower.
  using Reader = std::function<void(const LogEntry&)>;

  // `cursor`: where an earlier run of this boot has ended; empty when there is none: then what is
  // in the journal already is not read.
  LogJournalFollower(os::Reactor& reactor, std::unique_ptr<LogJournal> journal,
                     std::string_view cursor, Reader reader);
  LogJournalFollower(const LogJournalFollower&) = delete;
  LogJournalFollower& operator=(const LogJournalFollower&) = delete;
  ~LogJournalFollower();

  // The units to follow from now on; none closes the journal. Reads nothing before the next turn.
  void follow(const LogOrigins& origins);

  // Behind the last entry that was read; empty when nothing is known. One line.
  [[nodiscard]] std::string cursor() const;
  // Why the journal is not read now; empty when it is, or when no unit is followed.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // Entries that were passed over because they were too old when we came to them.
  [[nodiscard]] std::uint64_t too_old() const { return too_old_; }

 private:
  enum class Turn { at_end, more_waits };
  struct Place {
    MonoTime at;         // of the entry; all older ones are known
    std::string cursor;  // the journal's name for it; empty when it has none
  };

  void close();
  void open();
  [[nodiscard]] Result<void> find_place();
  void wake();
  [[nodiscard]] Result<Turn> read_turn();
  [[nodiscard]] Result<bool> is_known(const LogEntry& entry);
  void wait();
  void give_up(const Error& error);

  os::Reactor& reactor_;
  std::unique_ptr<LogJournal> journal_;
  std::optional<Place> place_;
  bool resuming_ = false;  // entries may be given again that are known
  Reader reader_;
  LogOrigins origins_;
  bool open_ = false;
  Nanos pause_;  // before the next try
  std::string problem_;
  std::uint64_t too_old_ = 0;
  os::Timer timer_;  // the next try, the next turn, or the next look without an event
};

}  // namespace slewd::remedy
