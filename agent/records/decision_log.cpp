// SPDX-License-Identifier: Apache-2.0
#include "agent/records/decision_log.hpp"

#include "agent/records/decision_line.hpp"

namespace slewd::records {

void DecisionLog::append(const std::vector<rules::Decision>& decisions, const Stamp& stamp) {
  if (file_.path().empty()) return;
  for (const rules::Decision& decision : decisions)
    if (!write(decision, stamp)) ++lost_;
}

Result<void> DecisionLog::write(const rules::Decision& decision, const Stamp& stamp) {
  const auto is_whole = [](std::string_view line) { return parse_decision_line(line).has_value(); };
  if (auto open = file_.open(is_whole, "", RotatingFile::Try::when_due); !open) return open;
  return file_.append(to_line(decision, stamp));
}

}  // namespace slewd::records
