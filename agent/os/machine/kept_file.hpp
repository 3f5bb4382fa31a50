// SPDX-License-Identifier: Apache-2.0
// A small file of /proc or /sys that is read again and again: opened once, read from its beginning
// each time, for a third of what opening it anew costs.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"

namespace slewd::os {

// One thread at a time.
class KeptFile {
 public:
  explicit KeptFile(std::string path) : path_(std::move(path)) {}

  // At most limits::kKernelTextBytes from the beginning, valid until the next read. Opens the file
  // when that has not succeeded yet, and anew after a failure.
  [[nodiscard]] Result<std::string_view> read();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  Fd fd_;
  std::array<char, limits::kKernelTextBytes> text_{};
};

}  // namespace slewd::os
