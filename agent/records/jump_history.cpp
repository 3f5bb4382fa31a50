// SPDX-License-Identifier: Apache-2.0
#include "agent/records/jump_history.hpp"

#include <utility>
#include <variant>

namespace slewd::records {

bool JumpHistory::learn(std::string_view line) {
  auto parsed = parse_jump_line(line);
  if (!parsed) {
    ++damaged_;
    return false;
  }
  if (const auto* totals = std::get_if<JumpTotals>(&*parsed)) {
    take(*totals);
    return true;
  }
  auto& record = std::get<JumpRecord>(*parsed);
  record.event.former = is_former(record);
  note(record.event);
  if (on_event) on_event(record.event);
  return true;
}

void JumpHistory::note(const core::ClockEvent& event) {
  const bool fresh = event.id > last_id_;
  if (fresh) last_id_ = event.id;
  if (fresh || view_.find(event.id) != nullptr) view_.note(event);
}

// Totals stand at the beginning of a file. When the older file has been read before, they repeat
// what it says, or know better where it is damaged.
void JumpHistory::take(const JumpTotals& totals) {
  if (totals.last_id < last_id_) return;
  last_id_ = totals.last_id;
  auto recent = std::move(view_.recent);
  view_ = totals.view;
  view_.recent = std::move(recent);
}

bool JumpHistory::is_former(const JumpRecord& record) const {
  return boot_.id.empty() || record.boot_id != boot_.id || record.event.seen_boot > boot_.now;
}

}  // namespace slewd::records
