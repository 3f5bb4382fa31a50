// SPDX-License-Identifier: Apache-2.0
// An append-only file of lines whose appends are on the disk when they return, and which a crash at
// any moment leaves readable. It knows nothing of what the lines say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"

namespace slewd::records {

class LineFile {
 public:
  // Told each line, without its end; answers whether the line is whole.
  using Reader = std::function<bool(std::string_view)>;

  // Opens or creates the file, locks it against other processes, reads it, and mends its end: a
  // last line without its end is completed when `each` calls it whole, else cut off. A line longer
  // than limits::kLedgerLineBytes is given as its beginning. Of a file larger than `usual` (and one
  // line) only the end is read: it was not made by slewd, and must not hold up the start. The file
  // must be of this process's user or of root, and no link.
  // Before its own lines `each` gets those of the file `older`, where one is named and exists: once
  // it is known that `path` can be written, since nothing is worth reading without that.
  static Result<LineFile> open(const std::string& path, const Reader& each,
                               const std::string& older = {},
                               std::size_t usual = limits::kLedgerBytes);
  // Reads a file that will not be written, of any owner. A missing one is empty.
  static Result<void> read(const std::string& path, const Reader& each);

  // The line is durable when this returns without an error. After an error it is not in the file.
  Result<void> append(std::string_view line);
  // Gives the file the name `older` and goes on with an empty one. After an error: open it anew.
  Result<void> rotate(const std::string& older);

  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  LineFile(std::string path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  Result<void> recover(const Reader& each, std::size_t usual);

  std::string path_;
  Fd fd_;
  std::uint64_t size_ = 0;
};

}  // namespace slewd::records
