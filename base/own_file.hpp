// SPDX-License-Identifier: Apache-2.0
// Private files of this process in a folder: its state, its records, its lock. Another
// user must not be able to redirect its output to another file.
#pragma once

#include <cstddef>
#include <string>

#include <sys/types.h>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd {

// Opens a regular file owned by our user or root, with only one name, not through a link.
// `flags` and `mode` are those of open(2). `not_found` when it is missing. Never waits for the
// other end of a pipe.
[[nodiscard]] Result<Fd> open_own_file(const std::string& path, int flags, mode_t mode = 0);

// The checks of open_own_file() for an open file.
[[nodiscard]] Result<void> check_own_file(int fd);

// The same file, read as read_file() does.
[[nodiscard]] Result<std::string> read_own_file(const std::string& path, std::size_t max_bytes);

// Errors: `permission` when the folder belongs to another user, who could put links in it, or when
// every user may write to it; `unavailable` when it is not a folder or cannot be checked.
[[nodiscard]] Result<void> check_own_folder(const std::string& path);

// "daemon (uid 1)", for messages.
[[nodiscard]] std::string user_name(uid_t user);

}  // namespace slewd
