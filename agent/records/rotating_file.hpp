// SPDX-License-Identifier: Apache-2.0
// A LineFile that is opened when it is needed, opened again after a failure, and renamed to
// "<path>.1" when it is full. The one place that decides when a file is tried again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/records/line_file.hpp"
#include "base/result.hpp"

namespace slewd::records {

class RotatingFile {
 public:
  // Each try may read the whole file. `when_due` is for what is asked at each look: after failures
  // in a row it fails 1, 3, 7, ... at most kMostSkipped times without a try.
  enum class Try { at_once, when_due };
  static constexpr unsigned kMostSkipped = 63;

  // `rotate_at` is the size in bytes beyond which the file becomes the older one.
  RotatingFile(std::string path, std::size_t rotate_at)
      : path_(std::move(path)), rotate_at_(rotate_at) {}

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string older_path() const { return path_ + ".1"; }
  [[nodiscard]] bool is_open() const { return file_.has_value(); }
  // Does nothing to an open file. Else `each` gets the lines of `older` (older_path(), or empty for
  // none) and of the file, as LineFile::open() has it.
  Result<void> open(const LineFile::Reader& each, const std::string& older, Try when);
  // Of an open file. The line is durable when this returns without an error. `head` is the first
  // line of an empty file. After an error the file is closed: opening it mends its end.
  Result<void> append(std::string_view line, const std::function<std::string()>& head = {});
  // Why the last try failed; none after one that did not.
  [[nodiscard]] const std::optional<Error>& problem() const { return problem_; }

 private:
  Result<void> write(std::string_view line, const std::function<std::string()>& head);
  Result<void> failed(Error error);

  std::string path_;
  std::size_t rotate_at_;
  std::optional<LineFile> file_;
  std::optional<Error> problem_;
  unsigned skipped_ = 0;  // after the last failure
  unsigned to_skip_ = 0;
};

}  // namespace slewd::records
