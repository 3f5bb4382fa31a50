// SPDX-License-Identifier: Apache-2.0
// Files read with a bound, or written so that a reader or a crash sees the old text or the
// new one, never a mixture.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd {

// Writes `path`.new beside it, syncs, renames over `path`, syncs the folder. One writer at a time
// for each path. The file gets exactly `mode`, whatever the umask. Any thread; blocks on the disk.
Result<void> write_atomically(const std::string& path, std::string_view text, mode_t mode);

// Writes all of it, in several calls if necessary.
Result<void> write_all(int fd, std::string_view bytes);

// Makes the name of a new or renamed file durable. Some file systems cannot sync a folder and
// return EINVAL, which is not an error here.
Result<void> sync_folder_of(const std::string& path);

// For reading; links are followed. `invalid` when it is not a regular file; never waits for the
// other end of a pipe.
[[nodiscard]] Result<Fd> open_regular_file(const std::string& path);

// The whole file; `limit` when it is longer than `max_bytes`, `not_found` when it is missing.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

}  // namespace slewd
