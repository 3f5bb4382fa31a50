// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/logs/log_system_journal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>

#include "base/limits.hpp"

namespace slewd::remedy {

struct LogSystemJournal::Handle {
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { sd_journal_close(journal); }

  sd_journal* journal = nullptr;
  sd_id128_t boot{};
  int descriptor = -1;
  short events = 0;
};

namespace {

// The library answers negated errno values.
Result<void> check_call(const char* call, int answer) {
  if (answer < 0) return fail(system_error(call, -answer));
  return {};
}

Result<void> add_match(sd_journal* journal, const std::string& match) {
  return check_call("sd_journal_add_match",
                    sd_journal_add_match(journal, match.data(), match.size()));
}

// The value of a field, empty when the entry has none. A damaged field is one that it has not.
std::string field(sd_journal* journal, const std::string& name, std::size_t limit, bool* cut) {
  const void* data = nullptr;
  std::size_t size = 0;
  if (sd_journal_get_data(journal, name.c_str(), &data, &size) < 0) return {};
  std::string_view value(static_cast<const char*>(data), size);
  value.remove_prefix(std::min(name.size() + 1, size));
  if (cut != nullptr) *cut = value.size() > limit;
  return std::string(value.substr(0, limit));
}

}  // namespace

LogSystemJournal::LogSystemJournal(std::string folder) : folder_(std::move(folder)) {}

LogSystemJournal::~LogSystemJournal() = default;

void LogSystemJournal::close() { journal_.reset(); }

Result<void> LogSystemJournal::open(const LogOrigins& origins) {
  journal_ = std::make_unique<Handle>();
  const int opened = folder_.empty()
                         ? sd_journal_open(&journal_->journal, SD_JOURNAL_LOCAL_ONLY)
                         : sd_journal_open_directory(&journal_->journal, folder_.c_str(), 0);
  Result<void> done = check_call("sd_journal_open", opened);
  if (done) done = check_call("sd_id128_get_boot", sd_id128_get_boot(&journal_->boot));
  if (done) {
    // The descriptor comes first: what is written after the look at the folders is not missed.
    journal_->descriptor = sd_journal_get_fd(journal_->journal);
    done = check_call("sd_journal_get_fd", journal_->descriptor);
  }
  if (done) {
    const int events = sd_journal_get_events(journal_->journal);
    done = check_call("sd_journal_get_events", events);
    journal_->events = static_cast<short>(events);
  }
  if (done) done = require_entries();
  if (done) done = select(origins);
  if (!done) close();
  return done;
}

// Without the right to read the journal it looks empty; there is no error.
Result<void> LogSystemJournal::require_entries() const {
  std::array<char, SD_ID128_STRING_MAX> boot{};
  sd_id128_to_string(journal_->boot, boot.data());
  sd_journal* const journal = journal_->journal;
  if (auto added = add_match(journal, std::string("_BOOT_ID=") + boot.data()); !added) return added;
  if (auto found = check_call("sd_journal_seek_head", sd_journal_seek_head(journal)); !found)
    return found;
  const int entries = sd_journal_next(journal);
  if (entries != 0) return check_call("sd_journal_next", entries);
  return fail(ErrorCode::unavailable,
              "no entry of this boot can be read: either no systemd-journald runs here, or the "
              "user is not in the group systemd-journal");
}

// Of this boot, and (by one of the units or under one of the identifiers).
Result<void> LogSystemJournal::select(const LogOrigins& origins) const {
  sd_journal* const journal = journal_->journal;
  // About what the longest field that is read may have: the library unpacks no more.
  sd_journal_set_data_threshold(journal, limits::kLogLineBytes + 64);
  Result<void> done = check_call("sd_journal_add_conjunction", sd_journal_add_conjunction(journal));
  for (const std::string& unit : origins.units)
    if (done) done = add_match(journal, "_SYSTEMD_UNIT=" + unit);
  if (done) done = check_call("sd_journal_add_disjunction", sd_journal_add_disjunction(journal));
  for (const std::string& identifier : origins.identifiers)
    if (done) done = add_match(journal, "SYSLOG_IDENTIFIER=" + identifier);
  return done;
}

Result<void> LogSystemJournal::seek_end() {
  sd_journal* const journal = journal_->journal;
  if (auto sought = check_call("sd_journal_seek_tail", sd_journal_seek_tail(journal)); !sought)
    return sought;
  // Without this the place is the end as it will be when the next entry is asked for.
  const int found = sd_journal_previous(journal);
  if (found > 0) return {};
  if (found < 0) return check_call("sd_journal_previous", found);
  // There is none yet: all that will come is new.
  return check_call("sd_journal_seek_head", sd_journal_seek_head(journal));
}

// Where files do not share their sequence numbers, the library begins a file again from its head
// when the file ends before the cursor (seen with version 252).
Result<void> LogSystemJournal::seek_near(const std::string& cursor) {
  return check_call("sd_journal_seek_cursor",
                    sd_journal_seek_cursor(journal_->journal, cursor.c_str()));
}

// Not sd_journal_seek_monotonic_usec(), which has the same fault.
Result<void> LogSystemJournal::seek_start() {
  return check_call("sd_journal_seek_head", sd_journal_seek_head(journal_->journal));
}

Result<std::optional<LogEntry>> LogSystemJournal::next() {
  const int moved = sd_journal_next(journal_->journal);
  if (moved < 0) return fail(system_error("sd_journal_next", -moved));
  if (moved == 0) return std::nullopt;
  auto entry = read_entry();
  if (!entry) return fail(std::move(entry.error()));
  return std::optional(std::move(*entry));
}

Result<LogEntry> LogSystemJournal::read_entry() const {
  sd_journal* const journal = journal_->journal;
  std::uint64_t usec = 0;
  sd_id128_t boot{};
  if (auto got = check_call("sd_journal_get_monotonic_usec",
                            sd_journal_get_monotonic_usec(journal, &usec, &boot));
      !got)
    return fail(std::move(got.error()));
  LogEntry entry;
  entry.at = MonoTime{std::chrono::microseconds(usec)};
  entry.unit = field(journal, "_SYSTEMD_UNIT", limits::kLogUnitBytes, nullptr);
  entry.identifier = field(journal, "SYSLOG_IDENTIFIER", limits::kLogUnitBytes, nullptr);
  entry.message = field(journal, "MESSAGE", limits::kLogLineBytes, &entry.cut);
  return entry;
}

Result<std::string> LogSystemJournal::cursor() {
  char* text = nullptr;
  const int got = sd_journal_get_cursor(journal_->journal, &text);
  if (got == -EADDRNOTAVAIL) return std::string();  // stands at no entry
  if (got < 0) return fail(system_error("sd_journal_get_cursor", -got));
  std::string cursor = text;
  std::free(text);
  return cursor;
}

int LogSystemJournal::descriptor() const { return journal_->descriptor; }

short LogSystemJournal::events() const { return journal_->events; }

Result<void> LogSystemJournal::process() {
  return check_call("sd_journal_process", sd_journal_process(journal_->journal));
}

}  // namespace slewd::remedy
