// SPDX-License-Identifier: Apache-2.0
// One segment of shared memory behind a file: readers map it and never wait for the writer. The
// generation in its header is odd while the content is written.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.hpp"

namespace slewd::clockbound {

// One writer for each file. Owned by one thread.
class SegmentFile {
 public:
  // Creates the file, or goes on with one of the same layout, whose readers notice nothing. A file
  // of another layout is emptied first. The folder must exist. `content_bytes` is a multiple of 8.
  static Result<SegmentFile> open(const std::string& path, std::uint16_t version,
                                  std::size_t content_bytes);
  SegmentFile(SegmentFile&& other) noexcept;
  SegmentFile& operator=(SegmentFile&& other) noexcept;
  SegmentFile(const SegmentFile&) = delete;
  SegmentFile& operator=(const SegmentFile&) = delete;
  // The file stays: what it says is void by itself after a while.
  ~SegmentFile();

  // `content` has the size that open() was given.
  void write(std::span<const std::uint64_t> content);

 private:
  explicit SegmentFile(std::span<std::uint64_t> words) : words_(words) {}

  std::span<std::uint64_t> words_;  // the mapping: header and content
};

}  // namespace slewd::clockbound
