// Small files, read with a bound and written so that a reader or a crash sees the old text or the
// new one, never a mixture.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "base/result.hpp"

namespace slewd::os {

// Writes `path`.new beside it, syncs, renames over `path`, syncs the folder. One writer at a time
// for each path. The file gets exactly `mode`, whatever the umask. Any thread; blocks on the disk.
Result<void> write_atomically(const std::string& path, std::string_view text, mode_t mode);

// The whole file; `limit` when it is longer than `max_bytes`, `not_found` when it is missing.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

}  // namespace slewd::os
