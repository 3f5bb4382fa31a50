// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/logs/log_lines.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"

namespace slewd::remedy {

void LogLines::collect(std::string_view bytes) {
  if (line_.empty() && !cut_)
    bytes.remove_prefix(std::min(bytes.find_first_not_of('\0'), bytes.size()));
  const std::size_t taken = std::min(bytes.size(), limits::kLogLineBytes - line_.size());
  line_ += bytes.substr(0, taken);
  cut_ = cut_ || taken < bytes.size();
}

void LogLines::end_line(const Reader& each) {
  std::string line = std::exchange(line_, {});
  const bool cut = std::exchange(cut_, false);
  if (std::exchange(skipping_, false)) return;
  if (line.ends_with('\r')) line.pop_back();
  if (!line.empty()) each(line, cut);
}

void LogLines::feed(std::string_view bytes, const Reader& each) {
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    if (!skipping_) collect(bytes.substr(0, end));
    if (end == bytes.size()) return;
    end_line(each);
    bytes.remove_prefix(end + 1);
  }
}

void LogLines::finish(const Reader& each) { end_line(each); }

void LogLines::restart(bool within_line) {
  line_.clear();
  cut_ = false;
  skipping_ = within_line;
}

}  // namespace slewd::remedy
