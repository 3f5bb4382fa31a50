// SPDX-License-Identifier: Apache-2.0
#include "agent/records/jump_ledger.hpp"

#include <utility>

namespace slewd::app {
namespace {

std::string older(const std::string& path) { return path + ".1"; }

}  // namespace

std::string jump_ledger_path(const std::string& state_directory) {
  return state_directory + "/jumps.jsonl";
}

JumpLedger::JumpLedger(std::string path, BootMark boot, std::size_t rotate_at)
    : path_(std::move(path)), rotate_at_(rotate_at), history_(std::move(boot)) {}

JumpLedger JumpLedger::open(std::string path, BootMark boot, std::size_t rotate_at) {
  JumpLedger ledger(std::move(path), std::move(boot), rotate_at);
  (void)ledger.ensure_open();
  return ledger;
}

Result<void> JumpLedger::read(const std::string& path, JumpHistory& history) {
  const auto learn = [&](std::string_view line) { return history.learn(line); };
  if (auto done = remedy::LineFile::read(older(path), learn); !done) return done;
  return remedy::LineFile::read(path, learn);
}

Result<void> JumpLedger::ensure_open() {
  if (file_) return {};
  auto opened = open_file();
  if (opened)
    problem_.reset();
  else
    problem_ = opened.error();
  return opened;
}

Result<void> JumpLedger::open_file() {
  BootMark boot = history_.boot();
  // What lies beyond the first reading has been written by this process since.
  if (was_open_) boot.now = BootTime{Nanos::max()};
  JumpHistory found(std::move(boot));
  const auto learn = [&](std::string_view line) { return found.learn(line); };
  auto file = remedy::LineFile::open(path_, learn, older(path_), rotate_at_);
  if (!file) return fail(std::move(file.error()));
  file_ = std::move(*file);
  was_open_ = true;
  // A file that knows less than we do was taken away while we ran: ours are the counters.
  if (found.last_id() >= history_.last_id()) history_ = std::move(found);
  return {};
}

Result<void> JumpLedger::append(const core::ClockEvent& event) {
  Result<void> written = write_line(to_line(JumpRecord{event, history_.boot().id}));
  if (written) {
    problem_.reset();
    history_.note(event);
  } else {
    problem_ = written.error();
    file_.reset();  // the next append reads and mends the file first
  }
  return written;
}

Result<void> JumpLedger::write_line(const std::string& line) {
  if (auto opened = ensure_open(); !opened) return opened;
  if (file_->size() > 0 && file_->size() + line.size() >= rotate_at_)
    if (auto rotated = file_->rotate(older(path_)); !rotated) return rotated;
  // The events that the next rotation will take away must stay counted.
  if (file_->size() == 0 && history_.last_id() > 0)
    if (auto begun = file_->append(to_line(JumpTotals{history_.last_id(), history_.view()}));
        !begun)
      return begun;
  return file_->append(line);
}

}  // namespace slewd::app
