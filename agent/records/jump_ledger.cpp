// SPDX-License-Identifier: Apache-2.0
#include "agent/records/jump_ledger.hpp"

#include <utility>

namespace slewd::records {

std::string jump_ledger_path(const std::string& state_directory) {
  return state_directory + "/jumps.jsonl";
}

JumpLedger::JumpLedger(std::string path, BootMark boot, std::size_t rotate_at)
    : file_(std::move(path), rotate_at), history_(std::move(boot)) {}

JumpLedger JumpLedger::open(std::string path, BootMark boot, std::size_t rotate_at) {
  JumpLedger ledger(std::move(path), std::move(boot), rotate_at);
  (void)ledger.ensure_open();
  return ledger;
}

Result<void> JumpLedger::read(const std::string& path, JumpHistory& history) {
  const auto learn = [&](std::string_view line) { return history.learn(line); };
  if (auto done = LineFile::read(path + ".1", learn); !done) return done;
  return LineFile::read(path, learn);
}

Result<void> JumpLedger::ensure_open() {
  if (file_.is_open()) return {};
  BootMark boot = history_.boot();
  // What lies beyond the first reading has been written by this process since.
  if (was_open_) boot.now = BootTime{Nanos::max()};
  JumpHistory found(std::move(boot));
  const auto learn = [&](std::string_view line) { return found.learn(line); };
  auto opened = file_.open(learn, file_.older_path(), RotatingFile::Try::at_once);
  if (!opened) return opened;
  was_open_ = true;
  // A file that knows less than we do was taken away while we ran: ours are the counters.
  if (found.last_id() >= history_.last_id()) history_ = std::move(found);
  return {};
}

Result<void> JumpLedger::append(const core::ClockEvent& event) {
  if (auto opened = ensure_open(); !opened) return opened;
  // The events that the next rotation will take away must stay counted.
  const auto totals = [&] {
    return history_.last_id() == 0 ? std::string()
                                   : to_line(JumpTotals{history_.last_id(), history_.view()});
  };
  auto written = file_.append(to_line(JumpRecord{event, history_.boot().id}), totals);
  if (written) history_.note(event);
  return written;
}

}  // namespace slewd::records
