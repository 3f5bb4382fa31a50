// SPDX-License-Identifier: Apache-2.0
// All decisions of the core, for plots and for comparisons with true time.
#pragma once

#include <cstddef>
#include <string>

#include "agent/core/observer.hpp"
#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"

namespace slewd::app {

// One line of JSON, with its end. Times are seconds with nine decimals, rates are ppm. `remaining`
// is what the slew in force still has to move, 0 without one.
[[nodiscard]] std::string trace_line(const core::Decision& decision);

// Owned by the core thread. Lines are written without fsync, so that the core does not wait. Only
// whole lines: a line that a full disk cuts off is removed.
class TraceFile {
 public:
  // An empty path writes nothing. Nothing is opened before the first line.
  explicit TraceFile(std::string path, std::size_t rotate_at = limits::kTraceBytes)
      : path_(std::move(path)), rotate_at_(rotate_at) {}

  // A file that would grow beyond `rotate_at` bytes gets the name PATH.1, in the place of an older
  // one. After an error the line is lost, and the next one is tried anew.
  Result<void> append(const core::Decision& decision);

 private:
  Result<void> make_room(std::size_t bytes);
  Result<void> open();

  std::string path_;
  std::size_t rotate_at_;
  Fd fd_;
  std::size_t size_ = 0;
};

}  // namespace slewd::app
