// SPDX-License-Identifier: Apache-2.0
#include "agent/records/rotating_file.hpp"

#include <algorithm>
#include <utility>

namespace slewd::records {

Result<void> RotatingFile::open(const LineFile::Reader& each, const std::string& older, Try when) {
  if (file_) return {};
  if (when == Try::when_due && to_skip_ > 0) {
    --to_skip_;
    return fail(*problem_);
  }
  auto opened = LineFile::open(path_, each, older, rotate_at_);
  if (!opened) return failed(std::move(opened.error()));
  file_ = std::move(*opened);
  problem_.reset();
  return {};
}

Result<void> RotatingFile::append(std::string_view line, const std::function<std::string()>& head) {
  if (auto written = write(line, head); !written) return failed(std::move(written.error()));
  problem_.reset();
  skipped_ = to_skip_ = 0;
  return {};
}

Result<void> RotatingFile::write(std::string_view line, const std::function<std::string()>& head) {
  if (file_->size() > 0 && file_->size() + line.size() >= rotate_at_)
    if (auto rotated = file_->rotate(older_path()); !rotated) return rotated;
  const std::string first = file_->size() == 0 && head ? head() : std::string();
  if (!first.empty())
    if (auto begun = file_->append(first); !begun) return begun;
  return file_->append(line);
}

// A file that opens and takes no line has failed again: the wait grows until a line is written.
Result<void> RotatingFile::failed(Error error) {
  file_.reset();
  to_skip_ = skipped_ = std::min(2 * skipped_ + 1, kMostSkipped);
  problem_ = error;
  return fail(std::move(error));
}

}  // namespace slewd::records
