// SPDX-License-Identifier: Apache-2.0
// One plain log file, followed through rotation by renaming and by copying and truncating. It knows
// no loop: its owner calls look() when the file may have changed.
#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

#include "agent/remedy/logs/log_lines.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::remedy {

class LogFile {
 public:
  // What is in the file when it is first opened is not read. A file that does not exist then, and
  // appears later, is read from its beginning.
  LogFile(std::string path, LogLines::Reader reader);

  // Opens the file when that is to be done, and reads at most limits::kLogReadBytes. True when
  // another look may find more at once.
  bool look();

  [[nodiscard]] const std::string& path() const { return path_; }
  // Why nothing is read now; empty when the file is followed.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // Times that more than limits::kLogBacklogBytes waited and were passed over.
  [[nodiscard]] std::uint64_t skips() const { return skips_; }

 private:
  [[nodiscard]] Result<void> open();
  void start_at(std::uint64_t offset);
  [[nodiscard]] Result<std::size_t> read();
  [[nodiscard]] bool follow_name();

  std::string path_;
  LogLines::Reader reader_;
  LogLines lines_;
  Fd fd_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::uint64_t offset_ = 0;
  bool from_beginning_ = false;  // of the next file that is opened
  bool leaving_ = false;         // the next file has lines already: one more look, then go
  std::string problem_;
  std::uint64_t skips_ = 0;
};

}  // namespace slewd::remedy
