// SPDX-License-Identifier: Apache-2.0
#include "agent/records/decision_log.hpp"

#include "agent/records/decision_line.hpp"

namespace slewd::remedy {

void DecisionLog::append(const std::vector<rules::Decision>& decisions, const Stamp& stamp) {
  if (path_.empty()) return;
  for (const rules::Decision& decision : decisions) {
    const Result<void> written = write(to_line(decision, stamp));
    problem_.reset();
    if (written) continue;
    ++lost_;
    problem_ = written.error();
    file_.reset();
  }
}

Result<void> DecisionLog::write(const std::string& line) {
  if (!file_) {
    auto opened = LineFile::open(
        path_, [](std::string_view each) { return parse_decision_line(each).has_value(); });
    if (!opened) return fail(std::move(opened.error()));
    file_ = std::move(*opened);
  }
  if (file_->size() + line.size() >= rotate_at_ && file_->size() > 0)
    if (auto rotated = file_->rotate(path_ + ".1"); !rotated) return rotated;
  return file_->append(line);
}

}  // namespace slewd::remedy
