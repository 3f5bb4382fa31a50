// SPDX-License-Identifier: Apache-2.0
// Files that this process keeps for itself in a folder: its state, its records, its lock. Another
// user must not be able to lead what it writes to another place.
#pragma once

#include <cstddef>
#include <string>

#include <sys/types.h>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd {

// Opens a regular file of our own, or of root, that has one name alone, and not through a link.
// `flags` and `mode` are those of open(2). `not_found` when it is missing. Never waits for the
// other end of a pipe.
[[nodiscard]] Result<Fd> open_own_file(const std::string& path, int flags, mode_t mode = 0);

// What open_own_file() demands of a file that is open.
[[nodiscard]] Result<void> check_own_file(int fd);

// The same file, read as read_file() does.
[[nodiscard]] Result<std::string> read_own_file(const std::string& path, std::size_t max_bytes);

// Errors: `permission` when the folder belongs to another user, who could put links in it, or when
// every user may write it; `unavailable` when it is none or cannot be looked at.
[[nodiscard]] Result<void> check_own_folder(const std::string& path);

// "nobody (uid 65534)", for messages.
[[nodiscard]] std::string user_name(uid_t user);

}  // namespace slewd
